/// Who is asking, as far as a credential proved it: a user, a service account or the system itself.
///
/// Its identity is the pair (`authProvider`, `id`), in every comparison and look-up.
public struct Principal: Sendable {
    public enum Kind: String, Sendable, Hashable, Codable {
        case user
        case serviceAccount = "service_account"
        case system
    }

    /// Which credential was presented.
    public enum Credential: String, Sendable, Hashable, Codable, CaseIterable {
        case session, accessToken = "access_token", foreignToken = "foreign_token", apiKey = "api_key", basic
        case trustedProxy = "trusted_proxy", custom
    }

    /// The identity as one value, fit for keys of dictionaries.
    public struct Identity: Sendable, Hashable {
        public let authProvider: String
        public let id: String

        package init(authProvider: String, id: String) {
            self.authProvider = authProvider
            self.id = id
        }

        // String's own equality takes different bytes for the same text. Its hash does so too, which does no harm: equal bytes have one.
        public static func == (left: Identity, right: Identity) -> Bool {
            left.id.utf8.elementsEqual(right.id.utf8) && left.authProvider.utf8.elementsEqual(right.authProvider.utf8)
        }
    }

    /// The provider of accounts that live in Gatehouse's own store.
    public static let localProvider = "local"

    /// Stable and unique within `authProvider`; never reused.
    public var id: String { fields.id }
    /// `local`, or the id of the issuer or provider that vouches for this principal.
    public var authProvider: String { fields.authProvider }
    public var kind: Kind { fields.kind }
    /// The name to sign in with; a foreign principal's contains a `:`, a local one's never does.
    public var username: String { fields.username }
    /// The name to show.
    public var name: String { fields.name }
    public var email: String? { fields.email }
    public var tenant: Tenant.ID { fields.tenant }
    public var roles: Set<Role> { fields.roles }
    /// What the roles add up to, already narrowed to `scopes` where there are any.
    public var permissions: Set<Permission> { fields.permissions }
    /// All roles of whoever the credential belongs to, of which a key or a narrowed token brings some.
    public var ownerRoles: Set<Role> { fields.ownerRoles }
    /// All that the owner may do; what a rule under `.not` asks about, so that a narrowed credential passes none that its owner fails.
    public var ownerPermissions: Set<Permission> { fields.ownerPermissions }
    /// `nil` for a person's own session, which is not narrowed.
    public var scopes: Set<Scope>? { fields.scopes }
    /// The session that this credential belongs to.
    public var sessionID: String? { fields.sessionID }
    public var credential: Credential { fields.credential }
    /// When the person last proved who they are (not when the token was made).
    public var authenticatedAt: Timestamp? { fields.authenticatedAt }
    /// When the credential ends.
    public var expiresAt: Timestamp? { fields.expiresAt }
    /// The token's payload, where a token was presented.
    public var claims: Claims? { fields.claims }
    /// The token was made for a supervised UI: it cannot change credentials, keys, sessions or roles.
    public var isDelegated: Bool { fields.isDelegated }
    /// Which key it was, where a key was presented: its id, or the name of one from the settings.
    public var credentialID: String? { fields.credentialID }

    /// One reference instead of fifteen: principals are passed along with every request.
    private final class Fields: Sendable {
        let id: String
        let authProvider: String
        let kind: Kind
        let username: String
        let name: String
        let email: String?
        let tenant: Tenant.ID
        let roles: Set<Role>
        let permissions: Set<Permission>
        let ownerRoles: Set<Role>
        let ownerPermissions: Set<Permission>
        let scopes: Set<Scope>?
        let sessionID: String?
        let credential: Credential
        let authenticatedAt: Timestamp?
        let expiresAt: Timestamp?
        let claims: Claims?
        let isDelegated: Bool
        let credentialID: String?

        init(
            id: String, authProvider: String, kind: Kind, username: String, name: String, email: String?, tenant: Tenant.ID,
            roles: Set<Role>, permissions: Set<Permission>, ownerRoles: Set<Role>, ownerPermissions: Set<Permission>, scopes: Set<Scope>?,
            sessionID: String?, credential: Credential, authenticatedAt: Timestamp?, expiresAt: Timestamp?, claims: Claims?, isDelegated: Bool,
            credentialID: String?
        ) {
            self.id = id
            self.authProvider = authProvider
            self.kind = kind
            self.username = username
            self.name = name
            self.email = email
            self.tenant = tenant
            self.roles = roles
            self.permissions = permissions
            self.ownerRoles = ownerRoles
            self.ownerPermissions = ownerPermissions
            self.scopes = scopes
            self.sessionID = sessionID
            self.credential = credential
            self.authenticatedAt = authenticatedAt
            self.expiresAt = expiresAt
            self.claims = claims
            self.isDelegated = isDelegated
            self.credentialID = credentialID
        }
    }

    private let fields: Fields

    /// - Parameters:
    ///   - ownerRoles: `nil` where the credential brings all roles of its owner.
    ///   - ownerPermissions: `nil` where it brings all permissions.
    public init(
        id: String, authProvider: String = Principal.localProvider, kind: Kind = .user, username: String, name: String? = nil,
        email: String? = nil, tenant: Tenant.ID = .default, roles: Set<Role> = [], permissions: Set<Permission> = [],
        scopes: Set<Scope>? = nil, sessionID: String? = nil, credential: Credential, authenticatedAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil, claims: Claims? = nil, isDelegated: Bool = false, credentialID: String? = nil,
        ownerRoles: Set<Role>? = nil, ownerPermissions: Set<Permission>? = nil
    ) {
        fields = Fields(
            id: id, authProvider: authProvider, kind: kind, username: username, name: name ?? username, email: email, tenant: tenant,
            roles: roles, permissions: permissions, ownerRoles: ownerRoles ?? roles, ownerPermissions: ownerPermissions ?? permissions,
            scopes: scopes, sessionID: sessionID, credential: credential, authenticatedAt: authenticatedAt, expiresAt: expiresAt,
            claims: claims, isDelegated: isDelegated, credentialID: credentialID)
    }

    public var identity: Identity { Identity(authProvider: authProvider, id: id) }

    /// Whether this is an account of Gatehouse's own store.
    public var isLocal: Bool { authProvider == Principal.localProvider }

    /// Whether the principal may do `permission`: by name or through the administrator's wildcard, and never outside `scopes`.
    public func holds(_ permission: Permission) -> Bool {
        (permissions.contains(permission) || permissions.contains(.everything)) && allows(permission)
    }

    /// Whether `scope` is satisfied: by the credential's own scopes, or, where it has none, by the permission of that name.
    public func satisfies(_ scope: Scope) -> Bool {
        if let scopes { return scopes.contains(scope) }
        return permissions.contains(.everything) || permissions.contains { $0.rawValue == scope.rawValue }
    }

    private func allows(_ permission: Permission) -> Bool {
        guard let scopes else { return true }
        return scopes.contains { $0.rawValue == permission.rawValue }
    }

    // MARK: - The owner's rights

    func roles(asOwner: Bool) -> Set<Role> { asOwner ? ownerRoles : roles }

    /// Whether the owner may do `permission`, however narrow the credential is.
    func ownerHolds(_ permission: Permission) -> Bool {
        ownerPermissions.contains(permission) || ownerPermissions.contains(.everything)
    }

    /// Whether the credential satisfies `scope`, or its owner's own session would.
    func ownerSatisfies(_ scope: Scope) -> Bool {
        scopes?.contains(scope) == true || ownerPermissions.contains(.everything)
            || ownerPermissions.contains { $0.rawValue == scope.rawValue }
    }
}

extension Permission {
    /// Every permission there is; the role `admin` has it.
    public static let everything: Permission = "*"
}

extension Role {
    /// The system role of the first administrator.
    public static let admin: Role = "admin"
}

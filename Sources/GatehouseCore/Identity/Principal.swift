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
    }

    /// The provider of accounts that live in Gatehouse's own store.
    public static let localProvider = "local"

    /// Stable and unique within `authProvider`; never reused.
    public let id: String
    /// `local`, or the id of the issuer or provider that vouches for this principal.
    public let authProvider: String
    public let kind: Kind
    /// The name to sign in with; a foreign principal's contains a `:`, a local one's never does.
    public let username: String
    /// The name to show.
    public let name: String
    public let email: String?
    public let tenant: Tenant.ID
    public let roles: Set<Role>
    /// What the roles add up to, already narrowed to `scopes` where there are any.
    public let permissions: Set<Permission>
    /// `nil` for a person's own session, which is not narrowed.
    public let scopes: Set<Scope>?
    /// The session that this credential belongs to.
    public let sessionID: String?
    public let credential: Credential
    /// When the person last proved who they are (not when the token was made).
    public let authenticatedAt: Timestamp?
    /// When the credential ends.
    public let expiresAt: Timestamp?
    /// The token's payload, where a token was presented.
    public let claims: Claims?
    /// The token was made for a supervised UI: it cannot change credentials, keys, sessions or roles.
    public let isDelegated: Bool

    public init(
        id: String, authProvider: String = Principal.localProvider, kind: Kind = .user, username: String, name: String? = nil,
        email: String? = nil, tenant: Tenant.ID = .default, roles: Set<Role> = [], permissions: Set<Permission> = [],
        scopes: Set<Scope>? = nil, sessionID: String? = nil, credential: Credential, authenticatedAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil, claims: Claims? = nil, isDelegated: Bool = false
    ) {
        self.id = id
        self.authProvider = authProvider
        self.kind = kind
        self.username = username
        self.name = name ?? username
        self.email = email
        self.tenant = tenant
        self.roles = roles
        self.permissions = permissions
        self.scopes = scopes
        self.sessionID = sessionID
        self.credential = credential
        self.authenticatedAt = authenticatedAt
        self.expiresAt = expiresAt
        self.claims = claims
        self.isDelegated = isDelegated
    }

    public var identity: Identity { Identity(authProvider: authProvider, id: id) }

    /// Whether this is an account of Gatehouse's own store.
    public var isLocal: Bool { authProvider == Principal.localProvider }

    /// Whether the principal may do `permission`, by name or through the administrator's wildcard.
    public func holds(_ permission: Permission) -> Bool {
        permissions.contains(permission) || (permissions.contains(.everything) && allows(permission))
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
}

extension Permission {
    /// Every permission there is; the role `admin` has it.
    public static let everything: Permission = "*"
}

extension Role {
    /// The system role of the first administrator.
    public static let admin: Role = "admin"
}

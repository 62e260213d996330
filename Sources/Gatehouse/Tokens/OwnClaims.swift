import GatehouseCore
import GatehouseTokens

/// What a token of ours says beside the registered claims.
struct OwnClaims: Sendable {
    let tenant: Tenant.ID?
    /// `nil`: the token is not narrowed.
    let scopes: Set<Scope>?
    private let token: VerifiedToken

    /// Throws `invalid_token` for a tenant or scopes that are none.
    init(_ token: VerifiedToken) throws(GatehouseError) {
        self.token = token
        tenant = try token.claim("tenant").map { element throws(GatehouseError) in
            guard let text = element.string, let tenant = try? Tenant.ID(validating: text) else { throw Self.malformed("tenant") }
            return tenant
        }
        scopes = try token.claim("scope").map { element throws(GatehouseError) in
            guard let text = element.string else { throw Self.malformed("scope") }
            return Set(text.split(separator: " ").compactMap { try? Scope(validating: String($0)) })
        }
    }

    /// Only asked of tokens that say themselves what they may do: the roles of a whole session are those of now.
    var roles: Set<Role> { Set(token.claim("roles")?.strings?.compactMap { try? Role(validating: $0) } ?? []) }

    private static func malformed(_ claim: String) -> GatehouseError {
        GatehouseError(.invalidToken, "The token's “\(claim)” is not of the form that our tokens have.")
    }
}

// MARK: - Tokens without a session

extension OwnClaims {
    /// The claim that says what credential such a token stands on.
    static let credential = "credential"

    /// What `principal` says of a credential without a session.
    static func credential(of principal: Principal) -> ClaimValue {
        var members: [String: ClaimValue] = [
            "kind": .string(kind(of: principal).rawValue), "provider": .string(principal.authProvider), "type": .string(principal.kind.rawValue),
            "username": .string(principal.username), "name": .string(principal.name),
        ]
        members["id"] = principal.credentialID.map(ClaimValue.string)
        members["email"] = principal.email.map(ClaimValue.string)
        members["at"] = principal.authenticatedAt.map { .integer($0.microseconds) }
        if case .stated = Standing(principal) {
            members["permissions"] = names(principal.permissions)
            members["owner_roles"] = names(principal.ownerRoles)
            members["owner_permissions"] = names(principal.ownerPermissions)
        }
        return .object(members)
    }

    private static func names(_ set: Set<some OpenName>) -> ClaimValue { .array(set.sorted().map { .string($0.rawValue) }) }

    private static func set<Name: OpenName>(_ names: [String]?) -> Set<Name>? {
        names.map { Set($0.compactMap { try? Name(validating: $0) }) }
    }

    /// The credential that was presented first, even if it has become a token of ours since.
    static func kind(of principal: Principal) -> Principal.Credential {
        guard principal.credential == .accessToken, let text = principal.claims?.string(credential, "kind") else { return principal.credential }
        return Principal.Credential(rawValue: text) ?? principal.credential
    }

    /// The principal as the token describes it; its rights have to be looked up again. `nil` for a token that stands on nothing.
    var statedPrincipal: Principal? {
        guard let members = token.claim(Self.credential), let subject = token.subject, let provider = members["provider"]?.string,
            let username = members["username"]?.string, let kind = members["type"]?.string.flatMap(Principal.Kind.init)
        else { return nil }
        return Principal(
            id: subject, authProvider: provider, kind: kind, username: username, name: members["name"]?.string, email: members["email"]?.string,
            tenant: tenant ?? .default, roles: roles,
            permissions: Self.set(members["permissions"]?.strings) ?? [], scopes: scopes,
            credential: .accessToken, authenticatedAt: members["at"]?.integer.map { Timestamp(microseconds: $0) }, expiresAt: token.expiresAt,
            claims: token.claims, isDelegated: true, credentialID: members["id"]?.string, ownerRoles: Self.set(members["owner_roles"]?.strings),
            ownerPermissions: Self.set(members["owner_permissions"]?.strings))
    }
}

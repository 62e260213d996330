public import GatehouseCore

/// Whom a foreign token speaks for, by the mapping of its issuer. By reference: handing it on costs nothing.
public final class ForeignIdentity: Sendable {
    /// The `id` of the issuer's settings.
    public let issuerID: String
    /// `sub`, unique and stable within the issuer.
    public let subject: String
    /// `<issuer id>:<sub>`; no local name contains a colon.
    public let username: String
    /// The name to show, where the token says one.
    public let name: String?
    public let email: String?
    /// Roles by name and by the map. `admin` is among them only if the map names it; other system roles are the caller's to leave out.
    public let roles: Set<Role>
    /// Those that the map names: only they may be system roles.
    public let explicitRoles: Set<Role>
    /// `nil` where the claim is absent: not narrowed.
    public let scopes: Set<Scope>?
    /// The issuer's tenant, or the token's.
    public let tenant: Tenant.ID?
    /// `exp`
    public let expiresAt: Timestamp?
    /// `auth_time`, where there is one that is not in the future.
    public let authenticatedAt: Timestamp?
    public let token: VerifiedToken
    /// Whose mapping this is.
    let source: IssuerEntry
    private let latest = LatestPrincipal()

    init(_ token: VerifiedToken, tenant: Tenant.ID?, source: IssuerEntry, at now: Timestamp) {
        let issuer = source.issuer
        let mapping = MappedClaims(token, issuer.mapping)
        issuerID = issuer.id
        subject = token.subject ?? ""
        username = "\(issuer.id):\(subject)"
        name = mapping.name
        email = mapping.email
        roles = mapping.roles
        explicitRoles = mapping.explicitRoles
        scopes = mapping.scopes
        self.tenant = tenant
        expiresAt = token.expiresAt
        authenticatedAt = mapping.authenticatedAt.flatMap { $0 <= now + issuer.leeway ? $0 : nil }
        self.token = token
        self.source = source
    }

    /// The principal that `make` gave when asked last, if that was for the same tenant and the same rights; else it is asked again.
    ///
    /// - Parameter permissions: what the roles add up to, before any scope narrows them: the principal's `ownerPermissions`.
    package func principal(
        in tenant: Tenant.ID, roles: Set<Role>, permissions: Set<Permission>, orMake make: () -> Principal
    ) -> ForeignPrincipal {
        latest.principal(in: tenant, roles: roles, permissions: permissions, orMake: make)
    }
}

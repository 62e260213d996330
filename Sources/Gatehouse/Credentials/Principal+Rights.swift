import GatehouseCore

extension Principal {
    /// The same principal with other rights, which its scopes narrow.
    ///
    /// - Parameters:
    ///   - permissions: what the roles add up to.
    ///   - ownerRoles: `nil` where `roles` are all that the owner has, and `ownerPermissions` likewise.
    func granted(
        _ roles: Set<Role>, _ permissions: Set<Permission>, scopes: Set<Scope>?, ownerRoles: Set<Role>? = nil,
        ownerPermissions: Set<Permission>? = nil
    ) -> Principal {
        Principal(
            id: id, authProvider: authProvider, kind: kind, username: username, name: name, email: email, tenant: tenant, roles: roles,
            permissions: permissions.narrowed(to: scopes), scopes: scopes, sessionID: sessionID, credential: credential,
            authenticatedAt: authenticatedAt, expiresAt: expiresAt, claims: claims, isDelegated: isDelegated, credentialID: credentialID,
            ownerRoles: ownerRoles ?? roles, ownerPermissions: ownerPermissions ?? permissions)
    }

    /// Whether the other may do the same, as the same, in the same tenant.
    func hasRights(of other: Principal) -> Bool {
        identity == other.identity && tenant == other.tenant && roles == other.roles && permissions == other.permissions && scopes == other.scopes
            && ownerRoles == other.ownerRoles && ownerPermissions == other.ownerPermissions
    }
}

extension Set<Permission> {
    /// Those that a scope names; all where nothing narrows. The wildcard narrows to the scopes themselves.
    func narrowed(to scopes: Set<Scope>?) -> Set<Permission> {
        guard let scopes else { return self }
        let named = Set(scopes.compactMap { try? Permission(validating: $0.rawValue) })
        return contains(.everything) ? named : intersection(named)
    }
}

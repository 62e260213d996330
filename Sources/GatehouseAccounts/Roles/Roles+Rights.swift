public import GatehouseCore
import GatehouseStore

extension Roles {
    /// What roles that somebody else names add up to in a tenant, from memory. `nil` means no more than that `permissions` has to be
    /// asked.
    public func cachedPermissions(
        of roles: Set<Role>, in tenant: Tenant.ID, allowingSystem systemRoles: Set<Role> = []
    ) -> Rights? {
        caches.rights.value(Rights.Question(roles: roles, tenant: tenant, systemRoles: systemRoles), at: environment.clock.now())
    }

    /// What roles that somebody else names, such as a foreign token, add up to in a tenant.
    ///
    /// A role that is not defined there stays and permits nothing. A system role falls away unless it is among `systemRoles`. Never
    /// writes. Throws `store_unavailable`.
    public func permissions(
        of roles: Set<Role>, in tenant: Tenant.ID, allowingSystem systemRoles: Set<Role> = []
    ) async throws(GatehouseError) -> Rights {
        let question = Rights.Question(roles: roles, tenant: tenant, systemRoles: systemRoles)
        if let cached = caches.rights.value(question, at: environment.clock.now()) { return cached }
        let generation = caches.rights.generation
        let rights = try await environment.driver.read { transaction throws(GatehouseError) -> Rights in
            var (kept, permissions): (Set<Role>, Set<Permission>) = ([], [])
            for role in roles {
                let record = try RoleRecord.find(role, scope: .tenant(tenant), in: transaction)
                // The administrator's name is the system's in every tenant.
                guard systemRoles.contains(role) || (role != .admin && record?.isSystem != true) else { continue }
                kept.insert(role)
                permissions.formUnion(record?.permissions ?? [])
            }
            return Rights(roles: kept, permissions: permissions)
        }
        caches.rights.insert(rights, for: question, readAt: generation)
        return rights
    }
}

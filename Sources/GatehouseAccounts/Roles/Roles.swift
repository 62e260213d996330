public import GatehouseCore
public import GatehouseStore

/// The roles of each tenant, what they permit and who has them.
public struct Roles: Sendable {
    let environment: Environment
    let caches: Caches

    /// Makes a role, or gives an existing one exactly these permissions. Throws `forbidden` for a system role, which stays as it is,
    /// `validation_failed` where there is no such tenant.
    public func define(
        _ role: Role, permissions: Set<Permission>, in tenant: Tenant.ID = .default, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        let now = environment.clock.now()
        let record = RoleRecord(tenant: tenant, role: role, isSystem: false, permissions: permissions)
        defer { caches.dropAll() }
        try await environment.driver.write { transaction throws(GatehouseError) in
            guard try TenantRecord.find(tenant, scope: .tenant(tenant), in: transaction) != nil else {
                throw GatehouseError(
                    .validationFailed, "There is no tenant “\(tenant)”; make it first.",
                    fields: [FieldError(field: "tenant", code: "unknown", message: "There is no tenant “\(tenant)”.")])
            }
            guard try record.define(at: now, in: transaction) else {
                throw GatehouseError(.forbidden, "The role “\(role)” belongs to the system and stays as it is.")
            }
            try transaction.markChanged()
        }
        environment.record(
            "role.defined", actor: actor, subject: role.rawValue, tenant: tenant,
            details: ["permissions": permissions.sorted().map(\.rawValue).joined(separator: " ")])
    }

    /// The roles of the scope's tenants, by tenant and name.
    public func list(in scope: TenantScope) async throws(GatehouseError) -> [RoleRecord] {
        try await environment.driver.read { transaction throws(GatehouseError) in try RoleRecord.list(scope: scope, in: transaction) }
    }
}

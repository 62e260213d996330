public import GatehouseCore
import GatehouseStore

/// Each of these asks for another cookie secret in the next response to each of the user's browsers.
extension Roles {
    /// Gives a user roles in a tenant, beside those that the user has there. In another tenant than the user's own this makes the user a
    /// member. Throws `not_found`, `validation_failed` for a role that is not defined there.
    public func assign(
        _ roles: Set<Role>, to user: String, in tenant: Tenant.ID, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        let now = environment.clock.now()
        try await change(user, in: tenant, "user.roles_assigned", roles, actor) { record, transaction throws(GatehouseError) in
            try record.assign(roles, in: tenant, at: now, in: transaction)
        }
    }

    /// Takes roles in a tenant from a user; does nothing for those that the user does not have. Throws `not_found`.
    public func remove(
        _ roles: Set<Role>, from user: String, in tenant: Tenant.ID, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        try await change(user, in: tenant, "user.roles_removed", roles, actor) { record, transaction throws(GatehouseError) in
            for role in roles { _ = try RoleAssignmentRecord(user: record.id, tenant: tenant, role: role).delete(in: transaction) }
        }
    }

    /// Gives a user exactly these roles in a tenant. Throws `not_found`, `validation_failed` for a role that is not defined there.
    public func set(
        _ roles: Set<Role>, of user: String, in tenant: Tenant.ID, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        let now = environment.clock.now()
        try await change(user, in: tenant, "user.roles_changed", roles, actor) { record, transaction throws(GatehouseError) in
            try RoleAssignmentRecord.deleteAll(of: record.id, scope: .tenant(tenant), in: transaction)
            try record.assign(roles, in: tenant, at: now, in: transaction)
        }
    }

    private func change(
        _ user: String, in tenant: Tenant.ID, _ action: String, _ roles: Set<Role>, _ actor: Principal.Identity?,
        _ body: @escaping @Sendable (UserRecord, any SQLTransaction) throws(GatehouseError) -> Void
    ) async throws(GatehouseError) {
        defer { caches.dropAll() }
        try await environment.driver.write { transaction throws(GatehouseError) in
            guard let record = try UserRecord.find(id: user, scope: .everyTenant, in: transaction) else {
                throw GatehouseError(.notFound, "There is no such user.")
            }
            try body(record, transaction)
            // Of every tenant: a session acts wherever its user has a role.
            try SessionRecord.demandRotation(of: user, scope: .everyTenant, in: transaction)
            try transaction.markChanged()
        }
        environment.record(
            action, actor: actor, subject: user, tenant: tenant,
            details: ["roles": roles.sorted().map(\.rawValue).joined(separator: " ")])
    }
}

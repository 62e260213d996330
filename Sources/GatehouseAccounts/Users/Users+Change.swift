public import GatehouseCore
public import GatehouseStore

extension Users {
    /// Gives a user exactly these roles in a tenant; each of the user's browsers gets another cookie secret with its next response.
    ///
    /// Throws `not_found`, `validation_failed` for a role that is not defined.
    public func setRoles(
        _ roles: Set<Role>, of id: String, in tenant: Tenant.ID = .default, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        try await roleRules.set(roles, of: id, in: tenant, by: actor)
    }

    /// Sets a user's password without asking for the old one, and ends all of the user's sessions.
    ///
    /// Throws `not_found`, `password_rejected` naming the field, `server_busy`.
    public func setPassword(
        _ password: Secret<String>, of id: String, mustChange: Bool = false, in scope: TenantScope,
        by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        guard let user = try await find(id: id, in: scope) else { throw Self.unknown }
        try PasswordRules.check(password, names: [user.username, user.email ?? ""])
        let hash = try await hasher.hash(password, address: nil)
        let now = environment.clock.now()
        try await change(id, in: scope) { user, transaction throws(GatehouseError) in
            _ = try UserRecord.setPassword(hash, of: id, changeRequired: mustChange, at: now, scope: scope, in: transaction)
            _ = try SessionRecord.endAll(of: id, except: nil, at: now, scope: .everyTenant, in: transaction)
        }
        environment.record("password.set", actor: actor, subject: id, tenant: user.tenant)
    }

    /// Refuses a user every sign-in and ends all of the user's sessions. Throws `not_found`.
    public func disable(
        id: String, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        let now = environment.clock.now()
        let user = try await change(id, in: scope) { _, transaction throws(GatehouseError) in
            _ = try UserRecord.setDisabled(at: now, id: id, scope: scope, in: transaction)
            _ = try SessionRecord.endAll(of: id, except: nil, at: now, scope: .everyTenant, in: transaction)
        }
        environment.record("user.disabled", actor: actor, subject: id, tenant: user.tenant)
    }

    /// Lets a disabled user sign in again. Throws `not_found`.
    public func enable(
        id: String, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        let user = try await change(id, in: scope) { _, transaction throws(GatehouseError) in
            _ = try UserRecord.setDisabled(at: nil, id: id, scope: scope, in: transaction)
        }
        environment.record("user.enabled", actor: actor, subject: id, tenant: user.tenant)
    }

    private static let unknown = GatehouseError(.notFound, "There is no such user.")

    @discardableResult
    private func change(
        _ id: String, in scope: TenantScope,
        _ body: @escaping @Sendable (UserRecord, any SQLTransaction) throws(GatehouseError) -> Void
    ) async throws(GatehouseError) -> UserRecord {
        defer { ending.forgetCached() }
        return try await environment.driver.write { transaction throws(GatehouseError) in
            guard let user = try UserRecord.find(id: id, scope: scope, in: transaction) else { throw Self.unknown }
            try body(user, transaction)
            try transaction.markChanged()
            return user
        }
    }
}

public import GatehouseCore

/// A row of `role_assignments`: a user has a role in a tenant.
public struct RoleAssignmentRecord: Sendable, Hashable {
    public let user: String
    public let tenant: Tenant.ID
    public let role: Role

    public init(user: String, tenant: Tenant.ID, role: Role) {
        self.user = user
        self.tenant = tenant
        self.role = role
    }

    /// Gives the role; nothing happens when the user has it.
    public func insert(at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run(
            """
            INSERT INTO role_assignments (user_id, tenant, role, assigned_at) VALUES (\(user), \(tenant), \(role), \(now))
            ON CONFLICT (user_id, tenant, role) DO NOTHING
            """)
    }

    /// Takes the role; `false` when the user does not have it.
    public func delete(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            "DELETE FROM role_assignments WHERE user_id = \(user) AND tenant = \(tenant) AND role = \(role)") == 1
    }

    /// Takes all roles in the scope's tenants from a user.
    public static func deleteAll(of user: String, scope: TenantScope, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run(
            "DELETE FROM role_assignments WHERE user_id = \(user) AND \(sql: scope.condition(on: "tenant"))")
    }
}

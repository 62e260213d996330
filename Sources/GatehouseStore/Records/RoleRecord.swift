public import GatehouseCore

/// A row of `roles` with its rows of `role_permissions`.
public struct RoleRecord: Sendable, Hashable {
    public let tenant: Tenant.ID
    public let role: Role
    public let isSystem: Bool
    public let permissions: Set<Permission>

    public init(tenant: Tenant.ID, role: Role, isSystem: Bool, permissions: Set<Permission>) {
        self.tenant = tenant
        self.role = role
        self.isSystem = isSystem
        self.permissions = permissions
    }
}

extension RoleRecord {
    /// Makes the role or gives an existing one exactly these permissions; `false` for a system role, which stays as it is.
    public func define(at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        let defined = try transaction.run(
            """
            INSERT INTO roles (tenant, name, is_system, created_at) VALUES (\(tenant), \(role), \(isSystem), \(now))
            ON CONFLICT (tenant, name) DO UPDATE SET is_system = excluded.is_system WHERE roles.is_system = 0
            """)
        guard defined == 1 else { return false }
        try transaction.run("DELETE FROM role_permissions WHERE tenant = \(tenant) AND role = \(role)")
        for permission in permissions {
            try transaction.run("INSERT INTO role_permissions (tenant, role, permission) VALUES (\(tenant), \(role), \(permission))")
        }
        return true
    }

    public static func find(
        _ role: Role, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> RoleRecord? {
        try list(where: "roles.name = \(role) AND \(sql: scope.condition(on: "roles.tenant"))", in: transaction).first
    }

    public static func list(scope: TenantScope, in transaction: any SQLTransaction) throws(GatehouseError) -> [RoleRecord] {
        try list(where: scope.condition(on: "roles.tenant"), in: transaction)
    }

    /// The roles that a user has in the scope's tenants.
    public static func list(
        of user: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [RoleRecord] {
        try list(
            where: """
                EXISTS (SELECT 1 FROM role_assignments WHERE role_assignments.user_id = \(user)
                    AND role_assignments.tenant = roles.tenant AND role_assignments.role = roles.name)
                AND \(sql: scope.condition(on: "roles.tenant"))
                """, in: transaction)
    }

    private static func list(where condition: SQLText, in transaction: any SQLTransaction) throws(GatehouseError) -> [RoleRecord] {
        let rows = try transaction.rows(
            """
            SELECT roles.tenant, roles.name, roles.is_system, role_permissions.permission
            FROM roles LEFT JOIN role_permissions
                ON role_permissions.tenant = roles.tenant AND role_permissions.role = roles.name
            WHERE \(sql: condition) ORDER BY roles.tenant, roles.name
            """)
        var roles: [RoleRecord] = []
        for var row in rows {
            let next = try RoleRecord(reading: &row)
            if let last = roles.last, last.tenant == next.tenant, last.role == next.role {
                roles[roles.count - 1] = last.adding(next.permissions)
            } else {
                roles.append(next)
            }
        }
        return roles
    }

    private init(reading row: inout SQLRow) throws(GatehouseError) {
        tenant = try row.next()
        role = try row.next()
        isSystem = try row.next()
        permissions = try row.next(Permission?.self).map { [$0] } ?? []
    }

    private func adding(_ more: Set<Permission>) -> RoleRecord {
        RoleRecord(tenant: tenant, role: role, isSystem: isSystem, permissions: permissions.union(more))
    }
}

public import GatehouseCore

/// A row of `tenants`.
public struct TenantRecord: Sendable, Hashable {
    public let id: Tenant.ID
    public let name: String
    public let createdAt: Timestamp

    public init(id: Tenant.ID, name: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
    }

    /// Stores the tenant with its system role `admin`, who may do everything in it; `false` when there is one with this id.
    public func insert(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        let inserted = try transaction.run(
            "INSERT INTO tenants (id, name, created_at) VALUES (\(id), \(name), \(createdAt)) ON CONFLICT (id) DO NOTHING")
        guard inserted == 1 else { return false }
        try transaction.run(
            "INSERT INTO roles (tenant, name, is_system, created_at) VALUES (\(id), \(Role.admin), 1, \(createdAt))")
        try transaction.run(
            "INSERT INTO role_permissions (tenant, role, permission) VALUES (\(id), \(Role.admin), \(Permission.everything))")
        return true
    }

    public static func find(
        _ id: Tenant.ID, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> TenantRecord? {
        try all(
            "SELECT id, name, created_at FROM tenants WHERE id = \(id) AND \(sql: scope.condition(on: "id"))", in: transaction
        ).first
    }

    /// By id.
    public static func list(scope: TenantScope, in transaction: any SQLTransaction) throws(GatehouseError) -> [TenantRecord] {
        try all("SELECT id, name, created_at FROM tenants WHERE \(sql: scope.condition(on: "id")) ORDER BY id", in: transaction)
    }

    private static func all(_ statement: SQLText, in transaction: any SQLTransaction) throws(GatehouseError) -> [TenantRecord] {
        var tenants: [TenantRecord] = []
        for var row in try transaction.rows(statement) {
            tenants.append(TenantRecord(id: try row.next(), name: try row.next(), createdAt: try row.next()))
        }
        return tenants
    }
}

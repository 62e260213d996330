public import Gatehouse

/// What `gatehouse roles …` does to a store; running gateways obey within a second.
public enum RoleCommands {
    public struct ListedRole: Sendable, Encodable {
        public let tenant: String
        public let role: String
        public let permissions: [String]
        /// Whether it belongs to Gatehouse and cannot be changed.
        public let isSystem: Bool

        init(_ record: RoleRecord) {
            tenant = record.tenant.rawValue
            role = record.role.rawValue
            permissions = record.permissions.sorted().map(\.rawValue)
            isSystem = record.isSystem
        }

        enum CodingKeys: String, CodingKey {
            case tenant, role, permissions
            case isSystem = "is_system"
        }
    }

    /// Makes a role, or gives an existing one exactly these permissions. Throws `forbidden` for a system role, `not_found`.
    public static func define(
        _ role: String, permissions: [String], tenant: String?, in configuration: Configuration
    ) async throws(GatehouseError) -> ListedRole {
        let role = try Role(configured: role, "role")
        let permissions = Set(try permissions.map { name throws(GatehouseError) in try Permission(configured: name, "permission") })
        let accounts = try await configuration.openAccounts()
        let tenant = try await accounts.tenant(named: tenant ?? Tenant.ID.default.rawValue)
        try await accounts.roles.define(role, permissions: permissions, in: tenant)
        return ListedRole(RoleRecord(tenant: tenant, role: role, isSystem: false, permissions: permissions))
    }

    /// The roles of every tenant, or of one. Throws `not_found`.
    public static func list(tenant: String?, in configuration: Configuration) async throws(GatehouseError) -> [ListedRole] {
        let accounts = try await configuration.openAccountsReadingOnly()
        let scope = try await accounts.scope(tenant)
        return try await accounts.roles.list(in: scope).map(ListedRole.init)
    }
}

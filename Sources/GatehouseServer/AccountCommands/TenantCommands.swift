public import Gatehouse

/// What `gatehouse tenants …` does to a store.
public enum TenantCommands {
    public struct ListedTenant: Sendable, Encodable {
        public let id: String
        public let name: String

        init(_ tenant: Tenant) {
            id = tenant.id.rawValue
            name = tenant.name
        }
    }

    /// Throws `conflict` for an id that is taken, `validation_failed`.
    public static func create(_ id: String, name: String, in configuration: Configuration) async throws(GatehouseError) -> ListedTenant {
        let tenant = Tenant(id: try Tenant.ID(configured: id, "tenant"), name: name)
        try await configuration.openAccounts().tenants.create(tenant)
        return ListedTenant(tenant)
    }

    /// All tenants, by id.
    public static func list(in configuration: Configuration) async throws(GatehouseError) -> [ListedTenant] {
        try await configuration.openAccountsReadingOnly().tenants.list().map(ListedTenant.init)
    }
}

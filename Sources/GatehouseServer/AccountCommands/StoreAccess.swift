import Gatehouse
import GatehouseSQLite
import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Configuration {
    /// The accounts of the configured store, beside gateways that may be running on it; what they audit goes to the log, not between the
    /// lines of the answer.
    func openAccounts() async throws(GatehouseError) -> Accounts { try await openAccounts(try openStore(), .tool) }

    /// The same to be looked at: nothing is made or changed. Throws `store_unavailable` where there is no store, or where it is not at this
    /// program's schema.
    func openAccountsReadingOnly() async throws(GatehouseError) -> Accounts { try await openAccounts(try openStoreReadingOnly(), .readOnly) }

    private func openAccounts(_ store: SQLiteDriver, _ mode: Accounts.OpenMode) async throws(GatehouseError) -> Accounts {
        var logger = logger()
        logger.logLevel = max(logger.logLevel, .warning)
        return try await Gate.openAccounts(store: store, settings: try gateSettings(logger: logger), mode: mode).accounts
    }
}

extension Accounts {
    /// Throws `not_found` with the way to find out.
    func user(named name: String) async throws(GatehouseError) -> User {
        guard let user = try await users.find(name: name, in: .everyTenant) else {
            throw GatehouseError(.notFound, "There is no user “\(name.prefix(128))”: see `gatehouse users list`.")
        }
        return user
    }

    /// The tenant of that name, else the user's own. Throws `not_found`.
    func tenant(_ name: String?, for user: User) async throws(GatehouseError) -> Tenant.ID {
        guard let name else { return user.tenant }
        return try await tenant(named: name)
    }

    func tenant(named name: String) async throws(GatehouseError) -> Tenant.ID {
        let id = try Tenant.ID(configured: name, "tenant")
        guard try await tenants.find(id) != nil else {
            throw GatehouseError(.notFound, "There is no tenant “\(id)”: see `gatehouse tenants list`.")
        }
        return id
    }
}

extension Accounts {
    /// Of the tenant of that name, else every one. Throws `not_found`.
    func scope(_ tenant: String?) async throws(GatehouseError) -> TenantScope {
        guard let tenant else { return .everyTenant }
        return .tenant(try await self.tenant(named: tenant))
    }

    /// As the command line lists it.
    func listed(_ user: User) async throws(GatehouseError) -> AccountCommands.Account {
        AccountCommands.Account(user, roles: try await users.roles(of: user.id, in: .tenant(user.tenant)))
    }
}

extension Timestamp {
    /// As RFC 3339 writes it, in whole seconds.
    var written: String { Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601) }
}

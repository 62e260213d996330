public import GatehouseCore
import GatehouseStore

/// Who may do what, by user and tenant.
public struct People: Sendable {
    let environment: Environment
    let caches: Caches

    /// The user in the tenant, `nil` for the user's own, from memory; well under a microsecond. `nil` means no more than that `find`
    /// has to be asked.
    public func cached(user: String, in tenant: Tenant.ID? = nil) -> LiveAccount? {
        caches.accounts.value(LiveAccount.Key(user: user, tenant: tenant), at: environment.clock.now())
    }

    /// The enabled user with this id in the tenant, `nil` for the user's own. `nil` for one who is disabled, unknown or no member: a
    /// member of another tenant than the own has a role there. Never writes. Throws `store_unavailable`.
    public func find(user: String, in tenant: Tenant.ID? = nil) async throws(GatehouseError) -> LiveAccount? {
        let key = LiveAccount.Key(user: user, tenant: tenant)
        if let cached = caches.accounts.value(key, at: environment.clock.now()) { return cached }
        let generation = caches.accounts.generation
        let found = try await environment.driver.read { transaction throws(GatehouseError) -> LiveAccount? in
            guard let record = try UserRecord.find(id: user, scope: .everyTenant, in: transaction) else { return nil }
            return try LiveAccount.read(record, in: tenant ?? record.tenant, transaction)
        }
        if let found { caches.accounts.insert(found, for: key, readAt: generation) }
        return found
    }
}

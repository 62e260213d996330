public import GatehouseCore
import GatehouseStore

extension APIKeys {
    /// Whether a use of the key should be written now, with `noteUse`; `true` for one caller a minute. No I/O.
    public func claimUse(_ key: LiveAPIKey) -> Bool {
        key.claimUse(at: environment.clock.now(), interval: limits.useInterval)
    }

    /// Whether `claimUse` would say yes; claims nothing.
    public func isUseDue(_ key: LiveAPIKey) -> Bool { key.isUseDue(at: environment.clock.now(), interval: limits.useInterval) }

    /// Writes a use, after `claimUse` said so; several processes together write one a minute. Throws `store_unavailable`.
    public func noteUse(_ key: LiveAPIKey) async throws(GatehouseError) {
        let now = environment.clock.now()
        let (id, tenant, since) = (key.key.id, key.key.tenant, now - limits.useInterval)
        do throws(GatehouseError) {
            _ = try await environment.driver.write { transaction throws(GatehouseError) in
                try APIKeyRecord.noteUse(id, unlessSince: since, at: now, scope: .tenant(tenant), in: transaction)
            }
        } catch {
            key.abandonUse()
            throw error
        }
    }
}

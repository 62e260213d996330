public import GatehouseCore
import GatehouseStore
public import GatehouseTokens

/// Changing the master key.
///
/// Nobody has to stop: first give both keys to every process, the newest first (a key file is read anew by those that run), then
/// reseal, then take the old one away.
public struct Resealing: Sendable {
    let environment: Environment
    let sealing: Sealing
    /// Signing keys that ceased to sign that long ago are needed no more.
    let keptAfterRetirement: Duration

    /// Seals everything under the newest key of `new` that is not yet, all or nothing; returns how many rows. What is derived from the
    /// root secret stays as it is.
    ///
    /// Throws `master_key_mismatch` when a row opens neither under the key that is used now nor under one of `new`.
    @discardableResult
    public func reseal(under new: MasterKey, by actor: Principal.Identity? = nil) async throws(GatehouseError) -> Int {
        let since = environment.clock.now() - keptAfterRetirement
        let sealing = sealing
        let count = try await environment.driver.write { transaction throws(GatehouseError) -> Int in
            let rows = try SealedRow.all(since: since, in: transaction).filter { new.isOutdated($0.sealed) }
            for row in rows {
                let bytes = try Self.open(row, new, sealing)
                let sealed = try bytes.expose { bytes throws(GatehouseError) in try new.seal(bytes, context: row.context) }
                try row.replace(with: sealed, in: transaction)
            }
            return rows.count
        }
        sealing.adopt(new)
        if count > 0 { environment.record("master_key.changed", actor: actor, details: ["resealed": "\(count)"]) }
        return count
    }

    /// Throws `master_key_mismatch` unless everything opens.
    func check() async throws(GatehouseError) {
        let since = environment.clock.now() - keptAfterRetirement
        let rows = try await environment.driver.read { transaction throws(GatehouseError) in
            try SealedRow.all(since: since, in: transaction)
        }
        for row in rows { _ = try sealing.open(row) }
    }

    private static func open(_ row: SealedRow, _ new: MasterKey, _ sealing: Sealing) throws(GatehouseError) -> Secret<[UInt8]> {
        do throws(GatehouseError) {
            return try new.open(row.sealed, context: row.context)
        } catch {
            return try sealing.open(row)
        }
    }
}

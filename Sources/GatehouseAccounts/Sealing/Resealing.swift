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
        let count = try await outdated(under: new) == 0 ? 0 : sealAll(under: new)
        sealing.adopt(new)
        if count > 0 { environment.record("master_key.changed", actor: actor, details: ["resealed": "\(count)"]) }
        return count
    }

    /// How many rows are not sealed under the newest key of `new`.
    private func outdated(under new: MasterKey) async throws(GatehouseError) -> Int {
        let since = since
        return try await environment.driver.read { transaction throws(GatehouseError) in
            try SealedRow.all(since: since, in: transaction).count { new.isOutdated($0.sealed) }
        }
    }

    private func sealAll(under new: MasterKey) async throws(GatehouseError) -> Int {
        let (since, sealing) = (since, sealing)
        return try await environment.driver.write { transaction throws(GatehouseError) -> Int in
            // First, so that whoever stores something sealed does so before or after.
            try transaction.markChanged()
            let rows = try SealedRow.all(since: since, in: transaction).filter { new.isOutdated($0.sealed) }
            for row in rows {
                let bytes = try Self.open(row, new, sealing)
                let sealed = try bytes.expose { bytes throws(GatehouseError) in try new.seal(bytes, context: row.context) }
                try row.replace(with: sealed, in: transaction)
            }
            return rows.count
        }
    }

    /// What ceased to be needed before this is left as it is.
    private var since: Timestamp { environment.clock.now() - keptAfterRetirement }

    /// Throws `master_key_mismatch` unless everything opens.
    func check() async throws(GatehouseError) {
        let since = since
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

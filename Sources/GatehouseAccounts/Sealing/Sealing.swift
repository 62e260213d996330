import GatehouseCore
import GatehouseStore
import GatehouseTokens
import Synchronization

/// Seals what the store keeps and opens it again, with the master key of the moment.
///
/// Where it meets a row that is sealed under a key it does not know, another process has sealed everything anew: it asks
/// `reloadMasterKey` for the key that is given now.
final class Sealing: Sendable {
    private let masterKey: Mutex<MasterKey>
    private let reloadMasterKey: @Sendable () throws(GatehouseError) -> MasterKey?

    init(_ masterKey: MasterKey, reloadMasterKey: @escaping @Sendable () throws(GatehouseError) -> MasterKey?) {
        self.masterKey = Mutex(masterKey)
        self.reloadMasterKey = reloadMasterKey
    }

    /// The key that seals.
    var current: MasterKey { masterKey.withLock { $0 } }

    /// Seals with `key` from now on.
    func adopt(_ key: MasterKey) { masterKey.withLock { $0 = key } }

    /// Opens a row. Throws `master_key_mismatch` with the remedy.
    func open(_ row: SealedRow) throws(GatehouseError) -> Secret<[UInt8]> {
        do throws(GatehouseError) {
            return try current.open(row.sealed, context: row.context)
        } catch {
            return try adoptKey(after: error) { key throws(GatehouseError) in try key.open(row.sealed, context: row.context) }
        }
    }

    /// Runs a transaction, marked as a change, that stores something sealed under the key that it is handed, which is one that the store's other rows open
    /// with: what a process sealed under a key that has been given up could not be opened by anybody.
    func write<Value: Sendable>(
        to driver: any SQLDriver,
        _ body: @escaping @Sendable (MasterKey, any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        let key = current
        do throws(GatehouseError) {
            return try await Self.write(to: driver, under: key, body)
        } catch  where error.code == .masterKeyMismatch {
            // The remedy is the error's that opening gives.
            let root = try await driver.read { transaction throws(GatehouseError) in try RootSecret.row(in: transaction) }
            if let root { _ = try open(root) }
            return try await Self.write(to: driver, under: current, body)
        }
    }

    private static func write<Value: Sendable>(
        to driver: any SQLDriver, under key: MasterKey,
        _ body: @escaping @Sendable (MasterKey, any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        try await driver.write { transaction throws(GatehouseError) in
            // First, so that whoever seals everything anew does so before or after.
            try transaction.markChanged()
            if let root = try RootSecret.row(in: transaction) { _ = try key.open(root.sealed, context: root.context) }
            return try body(key, transaction)
        }
    }

    /// What `body` gives with the key that is given now, which is kept if it gives anything.
    private func adoptKey<Value>(
        after error: GatehouseError, _ body: (MasterKey) throws(GatehouseError) -> Value
    ) throws(GatehouseError) -> Value {
        do throws(GatehouseError) {
            guard error.code == .masterKeyMismatch, let reloaded = try reloadMasterKey() else { throw error }
            let value = try body(reloaded)
            adopt(reloaded)
            return value
        } catch {
            guard error.code == .masterKeyMismatch else { throw error }
            throw GatehouseError(
                .masterKeyMismatch,
                "What the store keeps sealed was sealed under another master key. Give the master key that this store was made with "
                    + "(GATEHOUSE_MASTER_KEY, or the key file beside the database); while changing keys, give both, the newest first.",
                cause: error)
        }
    }
}

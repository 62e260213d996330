import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// 32 random bytes from which everything else that only this store knows is derived, kept sealed, so that another master key changes
/// none of it.
struct RootSecret: Sendable {
    private static let name = "root"

    private let bytes: Secret<[UInt8]>

    /// 32 bytes for one purpose; the same label gives the same bytes in every process on the store.
    func derive(label: String) -> Secret<[UInt8]> {
        Secret(HMACSHA256.tag(bytes, Array("gatehouse/derived/\(label)".utf8)))
    }

    static func row(in transaction: any SQLTransaction) throws(GatehouseError) -> SealedRow? {
        try SecretRecord.find(name, in: transaction).map { SealedRow($0) }
    }

    /// Reads the secret, and makes one in a store that has none; of several processes that do so one wins, and the others take the
    /// winner's. Throws `master_key_mismatch`.
    ///
    /// - Parameter makes: `false` for a tool; where there is none it gets one that is forgotten with it.
    static func load(_ environment: Environment, _ sealing: Sealing, makes: Bool) async throws(GatehouseError) -> RootSecret {
        if let stored = try await stored(environment, sealing) { return stored }
        let bytes = environment.random.bytes(32)
        guard makes else { return RootSecret(bytes: Secret(bytes)) }
        let now = environment.clock.now()
        try await sealing.write(to: environment.driver) { key, transaction throws(GatehouseError) in
            let sealed = try key.seal(bytes, context: SealedRow.context(ofSecret: name))
            _ = try SecretRecord(name: name, sealed: sealed, createdAt: now).claim(in: transaction)
        }
        guard let stored = try await stored(environment, sealing) else {
            throw GatehouseError(.storeUnavailable, "The store's root secret cannot be read back.")
        }
        return stored
    }

    private static func stored(_ environment: Environment, _ sealing: Sealing) async throws(GatehouseError) -> RootSecret? {
        let row = try await environment.driver.read { transaction throws(GatehouseError) -> SealedRow? in try Self.row(in: transaction) }
        guard let row else { return nil }
        return RootSecret(bytes: try sealing.open(row))
    }
}

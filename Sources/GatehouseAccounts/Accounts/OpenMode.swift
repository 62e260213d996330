import GatehouseCore
import GatehouseStore

extension Accounts {
    /// What opening may change in the store.
    public enum OpenMode: Sendable, Hashable {
        /// A server: brings the store to this program's schema and makes the keys that are missing.
        case server
        /// A tool beside the servers: brings the store to this program's schema and leaves the keys as they are; none is made, retired or
        /// sealed anew, and where none signs `signingKeys.ring` throws `keys_unavailable`.
        case tool
        /// A tool that must change nothing: a store that is not at this program's schema is refused, and so is every later change.
        case readOnly
    }
}

/// A driver that refuses to write.
struct ReadOnlyDriver: SQLDriver {
    let driver: any SQLDriver

    var dialect: SQLDialect { driver.dialect }
    var filePath: String? { driver.filePath }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        try await driver.read(body)
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        throw GatehouseError(.storeUnavailable, "The store was opened to be read only.")
    }

    func migrate(_ migrations: [Migration], at now: Timestamp) async throws(GatehouseError) { try await driver.verify(migrations) }

    func changeCounter() async throws(GatehouseError) -> Int64 { try await driver.changeCounter() }

    func checkpoint() async {}
}

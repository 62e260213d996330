public import GatehouseCore

/// A database that Gatehouse can keep its state in.
///
/// Transaction bodies are synchronous, so a transaction never waits for anything but the database. Every failure of the database is
/// `store_unavailable` with its cause; a text with a NUL is stored whole or `validation_failed`, never shortened. An error that a body throws ends the transaction without a trace and comes through as it is.
public protocol SQLDriver: Sendable {
    var dialect: SQLDialect { get }

    /// The file that holds the database; `nil` in memory and on a server.
    var filePath: String? { get }

    /// Runs `body` on one consistent state of the database; a statement that writes is refused.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value

    /// Runs `body` in a transaction that is kept only if `body` returns.
    @discardableResult
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value

    /// Applies the migrations that are missing, all or none; processes that start together apply each once.
    ///
    /// Throws `store_too_new` for a database of a newer program, `migration_failed` with the database as it was.
    func migrate(_ migrations: [Migration], at now: Timestamp) async throws(GatehouseError)

    /// The number that moves with every change that matters to who may do what (`SQLTransaction.markChanged`), whichever process
    /// made it. Meant to be asked several times a second.
    func changeCounter() async throws(GatehouseError) -> Int64

    /// Brings what was written into the place where it is to stay, as far as that can be done now; meant for the end of a process.
    func checkpoint() async
}

/// The statements of one transaction.
public protocol SQLTransaction {
    /// Runs a statement and returns its rows.
    func rows(_ statement: SQLText) throws(GatehouseError) -> [SQLRow]

    /// Runs a statement and returns how many rows it inserted, updated or deleted.
    @discardableResult
    func run(_ statement: SQLText) throws(GatehouseError) -> Int
}

extension SQLDriver {
    public func migrate(_ migrations: [Migration], at now: Timestamp) async throws(GatehouseError) {
        let dialect = dialect
        try await write { transaction throws(GatehouseError) in
            try Migration.apply(migrations, for: dialect, at: now, in: transaction)
        }
    }

    public func checkpoint() async {}

    /// Looks whether the database has exactly these steps; throws as `Migration.verify` does.
    public func verify(_ migrations: [Migration]) async throws(GatehouseError) {
        try await read { transaction throws(GatehouseError) in try Migration.verify(migrations, in: transaction) }
    }

    public func changeCounter() async throws(GatehouseError) -> Int64 {
        try await read { transaction throws(GatehouseError) in try transaction.changeCounter() }
    }
}

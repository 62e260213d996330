public import GatehouseCore
public import GatehouseStore
import GRDB

/// Keeps the state in one SQLite file, or in memory.
///
/// A file is in WAL mode: readers never wait, writers wait up to five seconds for one another, and several processes may share it.
/// A commit survives the end of the process; the last ones may be lost with the machine's power.
public struct SQLiteDriver: SQLDriver {
    private let database: any DatabaseWriter
    private let watch: ChangeWatch
    public let filePath: String?

    public var dialect: SQLDialect { .sqlite }

    /// Opens the file at `path`, made with mode 0600 if there is none. Throws `store_unavailable`.
    public init(path: String) throws(GatehouseError) {
        try DatabaseFile.prepare(path)
        do {
            let database = try DatabasePool(path: path, configuration: Self.configuration())
            self.database = database
            filePath = path
            watch = try ChangeWatch(path: path, configuration: Self.configuration(readonly: true))
        } catch {
            throw .store("The database \(path) cannot be opened", error)
        }
    }

    /// Opens the file at `path` to be read only: nothing is made, and every change is refused. Throws `store_unavailable`, also where there
    /// is no such file.
    public init(readingOnly path: String) throws(GatehouseError) {
        try DatabaseFile.require(path)
        do {
            let database = try DatabaseQueue(path: path, configuration: Self.configuration(readonly: true))
            self.database = database
            filePath = path
            watch = ChangeWatch(sharing: database)
        } catch {
            throw .store("The database \(path) cannot be opened", error)
        }
    }

    private init(inMemory name: String?) throws(GatehouseError) {
        do {
            let database = try DatabaseQueue(named: name, configuration: Self.configuration())
            self.database = database
            filePath = nil
            watch = ChangeWatch(sharing: database)
        } catch {
            throw .store("A database in memory cannot be made", error)
        }
    }

    /// A database that ends with the last copy of this driver.
    public static func inMemory() throws(GatehouseError) -> SQLiteDriver { try SQLiteDriver(inMemory: nil) }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        do {
            return try await database.read { try body(SQLiteTransaction(database: $0)) }
        } catch {
            throw .store("The database cannot be read", error)
        }
    }

    @discardableResult
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        do {
            return try await database.write { try body(SQLiteTransaction(database: $0)) }
        } catch {
            throw .store("The database cannot be written", error)
        }
    }

    public func changeCounter() async throws(GatehouseError) -> Int64 { try await watch.counter() }

    /// Folds the write-ahead log into the file, which then holds everything alone; does nothing while somebody reads.
    ///
    /// The connections stay open: GRDB crashes where one is used after it was closed.
    public func checkpoint() async {
        // Also for a task that was cancelled: that is how a server ends whose time to drain is over.
        await withCheckedContinuation { done in
            database.asyncWriteWithoutTransaction { connection in
                // What is not folded in now is read from the log by whoever opens the file next.
                _ = try? connection.checkpoint(.truncate)
                done.resume()
            }
        }
    }

    private static func configuration(readonly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = true
        configuration.label = "gatehouse"
        if !readonly {
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        }
        return configuration
    }
}

extension SQLDriver where Self == SQLiteDriver {
    /// The SQLite file at `path`; see `SQLiteDriver.init(path:)`.
    public static func sqlite(_ path: String) throws(GatehouseError) -> SQLiteDriver { try SQLiteDriver(path: path) }

    /// A SQLite database in memory, for tests.
    public static func sqliteInMemory() throws(GatehouseError) -> SQLiteDriver { try .inMemory() }
}

extension StoreAddress {
    /// The SQLite file at `path`; see `SQLiteDriver.init(path:)`.
    public static func sqlite(_ path: String) -> StoreAddress {
        StoreAddress(
            open: { () throws(GatehouseError) in try SQLiteDriver(path: path) },
            openReadingOnly: { () throws(GatehouseError) in try SQLiteDriver(readingOnly: path) })
    }
}

extension GatehouseError {
    /// An error of our own as it is, everything else as `store_unavailable`.
    static func store(_ message: String, _ error: any Error) -> GatehouseError {
        if let known = error as? GatehouseError { return known }
        return GatehouseError(.storeUnavailable, message, cause: error)
    }
}

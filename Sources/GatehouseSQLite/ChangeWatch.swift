import GRDB
import GatehouseCore
import GatehouseStore
import Synchronization

/// Reads the change counter on a connection of its own.
///
/// SQLite's `data_version` moves on a connection whenever another one, of any process, committed; while it stands still the
/// counter is what it was, and nothing is read.
final class ChangeWatch: Sendable {
    private struct Seen {
        let version: Int64
        let counter: Int64
    }

    private let database: any DatabaseReader
    private let comparesVersions: Bool
    private let seen = Mutex<Seen?>(nil)

    /// Watches a file.
    init(path: String, configuration: Configuration) throws {
        database = try DatabaseQueue(path: path, configuration: configuration)
        comparesVersions = true
    }

    /// Watches a database that has one connection only, whose `data_version` never moves.
    init(sharing database: DatabaseQueue) {
        self.database = database
        comparesVersions = false
    }

    func counter() async throws(GatehouseError) -> Int64 {
        do {
            return try await database.read { try self.counter(in: $0) }
        } catch {
            throw .store("The change counter cannot be read", error)
        }
    }

    private func counter(in database: Database) throws -> Int64 {
        let transaction = SQLiteTransaction(database: database)
        guard comparesVersions, var row = try transaction.rows("PRAGMA data_version").first else {
            return try transaction.changeCounter()
        }
        let version: Int64 = try row.next()
        if let seen = seen.withLock({ $0 }), seen.version == version { return seen.counter }
        let counter = try transaction.changeCounter()
        seen.withLock { $0 = Seen(version: version, counter: counter) }
        return counter
    }
}

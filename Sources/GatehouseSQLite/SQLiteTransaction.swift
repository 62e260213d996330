import GRDB
import GatehouseCore
import GatehouseStore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One transaction on one connection of GRDB's.
struct SQLiteTransaction: SQLTransaction {
    let database: Database

    func rows(_ statement: SQLText) throws(GatehouseError) -> [SQLRow] {
        do {
            let cursor = try Row.fetchCursor(try prepared(statement))
            var rows: [SQLRow] = []
            while let row = try cursor.next() { rows.append(SQLRow(try row.databaseValues.map(Self.value))) }
            return rows
        } catch {
            throw .store("A statement failed", error)
        }
    }

    @discardableResult
    func run(_ statement: SQLText) throws(GatehouseError) -> Int {
        do {
            try prepared(statement).execute()
            return database.changesCount
        } catch {
            throw .store("A statement failed", error)
        }
    }

    private func prepared(_ statement: SQLText) throws -> Statement {
        let prepared = try database.cachedStatement(sql: statement.rendered(for: .sqlite))
        try prepared.setArguments(StatementArguments(try statement.values.map(Self.databaseValue)))
        return prepared
    }

    private static func databaseValue(_ value: SQLValue) throws(GatehouseError) -> DatabaseValue {
        switch value {
        case .null: return .null
        case .integer(let integer): return integer.databaseValue
        case .text(let text):
            // GRDB binds what stands before it, so that another text would be stored or found.
            guard !text.utf8.contains(0) else { throw GatehouseError(.validationFailed, "A text with a NUL cannot be stored.") }
            return text.databaseValue
        case .bytes(let bytes): return Data(bytes).databaseValue
        }
    }

    private static func value(_ value: DatabaseValue) throws(GatehouseError) -> SQLValue {
        switch value.storage {
        case .null: return .null
        case .int64(let integer): return .integer(integer)
        case .string(let text): return .text(text)
        case .blob(let bytes): return .bytes(Array(bytes))
        case .double: throw GatehouseError(.storeUnavailable, "The database holds a fraction where none is ever stored.")
        }
    }
}

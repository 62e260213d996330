import GatehouseCore
import GatehouseStore

/// A store that holds nothing and keeps nothing.
struct NoStore: SQLDriver {
    private struct Nothing: SQLTransaction {
        func rows(_ statement: SQLText) throws(GatehouseError) -> [SQLRow] { [] }
        func run(_ statement: SQLText) throws(GatehouseError) -> Int { 0 }
    }

    var dialect: SQLDialect { .sqlite }
    var filePath: String? { nil }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        try body(Nothing())
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        throw GatehouseError(.storeUnavailable, "This gate was made without a store.")
    }

    func migrate(_ migrations: [Migration], at now: Timestamp) async throws(GatehouseError) {}
}

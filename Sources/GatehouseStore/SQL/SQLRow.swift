public import GatehouseCore

/// One row of a result, read column by column from the left.
public struct SQLRow: Sendable {
    private let values: [SQLValue]
    private var position = 0

    public init(_ values: [SQLValue]) { self.values = values }

    /// The next column. Throws `store_unavailable` when there is none or it holds something else than a `Value`.
    public mutating func next<Value: SQLRepresentable>(_ type: Value.Type = Value.self) throws(GatehouseError) -> Value {
        guard position < values.count, let value = Value(sqlValue: values[position]) else {
            throw GatehouseError(
                .storeUnavailable, "Column \(position + 1) of a row is not a \(type): the database was changed by another program.")
        }
        position += 1
        return value
    }
}

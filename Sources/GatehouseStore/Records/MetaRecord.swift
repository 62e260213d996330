public import GatehouseCore

/// A fact about the whole store, by name.
public struct MetaRecord: Sendable, Hashable {
    public let key: String
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Stores the fact unless one of that name is there; whether it did. Of two that race one wins.
    public func claim(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run("INSERT INTO meta (key, value) VALUES (\(key), \(value)) ON CONFLICT (key) DO NOTHING") == 1
    }

    public static func value(of key: String, in transaction: any SQLTransaction) throws(GatehouseError) -> String? {
        guard var row = try transaction.rows("SELECT value FROM meta WHERE key = \(key)").first else { return nil }
        return try row.next()
    }
}

public import GatehouseCore

/// A row of `secrets`: something that only this store knows, sealed under the master key and bound to its name. Of no tenant.
public struct SecretRecord: Sendable, Hashable {
    public let name: String
    public let sealed: [UInt8]
    public let createdAt: Timestamp

    public init(name: String, sealed: [UInt8], createdAt: Timestamp) {
        self.name = name
        self.sealed = sealed
        self.createdAt = createdAt
    }

    /// Stores the secret unless one of that name is there; whether it did. Of two that race one wins.
    public func claim(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            INSERT INTO secrets (name, sealed, created_at) VALUES (\(name), \(sealed), \(createdAt)) ON CONFLICT (name) DO NOTHING
            """) == 1
    }

    /// By name.
    public static func list(in transaction: any SQLTransaction) throws(GatehouseError) -> [SecretRecord] {
        var secrets: [SecretRecord] = []
        for var row in try transaction.rows("SELECT name, sealed, created_at FROM secrets ORDER BY name") {
            secrets.append(SecretRecord(name: try row.next(), sealed: try row.next(), createdAt: try row.next()))
        }
        return secrets
    }

    public static func find(_ name: String, in transaction: any SQLTransaction) throws(GatehouseError) -> SecretRecord? {
        guard var row = try transaction.rows("SELECT name, sealed, created_at FROM secrets WHERE name = \(name)").first else { return nil }
        return SecretRecord(name: try row.next(), sealed: try row.next(), createdAt: try row.next())
    }

    /// Puts another sealing of the same secret in the place of `old`, unless another process did so first.
    public static func replaceSealed(
        _ old: [UInt8], with new: [UInt8], of name: String, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run("UPDATE secrets SET sealed = \(new) WHERE name = \(name) AND sealed = \(old)")
    }

    /// Whether there is any.
    public static func hasAny(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try !transaction.rows("SELECT 1 FROM secrets LIMIT 1").isEmpty
    }
}

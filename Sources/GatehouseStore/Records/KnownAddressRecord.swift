public import GatehouseCore

/// A row of `known_addresses`: an account signed in from an address; the pair is kept as a keyed hash.
public struct KnownAddressRecord: Sendable, Hashable {
    public let bucket: [UInt8]
    public let user: String

    public init(bucket: [UInt8], user: String) {
        self.bucket = bucket
        self.user = user
    }

    public func note(at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run(
            """
            INSERT INTO known_addresses (bucket, user_id, signed_in_at) VALUES (\(bucket), \(user), \(now))
            ON CONFLICT (bucket) DO UPDATE SET signed_in_at = excluded.signed_in_at
            """)
    }

    public static func isKnown(_ bucket: [UInt8], in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try !transaction.rows("SELECT 1 FROM known_addresses WHERE bucket = \(bucket)").isEmpty
    }

    /// Forgets the addresses whose last sign-in was before `moment`.
    public static func prune(before moment: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run("DELETE FROM known_addresses WHERE signed_in_at < \(moment)")
    }
}

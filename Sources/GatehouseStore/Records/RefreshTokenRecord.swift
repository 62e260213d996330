public import GatehouseCore

/// A row of `refresh_tokens`: one member of a session's refresh family, by its hash.
public struct RefreshTokenRecord: Sendable, Hashable {
    public let hash: [UInt8]
    /// The token that this one was given for; `nil` for the first of its family.
    public let parent: [UInt8]?
    public let session: String

    public init(hash: [UInt8], parent: [UInt8]?, session: String) {
        self.hash = hash
        self.parent = parent
        self.session = session
    }

    /// What became of a token that has been used.
    public struct Usage: Sendable, Hashable {
        public let session: String
        public let usedAt: Timestamp?
        /// The token that was given for it.
        public let child: [UInt8]?
        public let childUsedAt: Timestamp?
    }

    /// Stores the token; nothing happens when it is there.
    public func insert(at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run(
            """
            INSERT INTO refresh_tokens (hash, parent_hash, session_id, created_at)
            VALUES (\(hash), \(parent), \(session), \(now)) ON CONFLICT (hash) DO NOTHING
            """)
    }

    /// Uses the token if it has not been used; whether it did. Of many that race one wins.
    public static func use(
        _ hash: [UInt8], at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE refresh_tokens SET used_at = \(now)
            WHERE hash = \(hash) AND used_at IS NULL AND \(sql: ofSession(in: scope))
            """) == 1
    }

    /// Forgets the tokens of a session: all of them are unknown from now on.
    public static func deleteAll(
        of session: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run("DELETE FROM refresh_tokens WHERE session_id = \(session) AND \(sql: ofSession(in: scope))")
    }

    public static func usage(
        of hash: [UInt8], scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Usage? {
        let rows = try transaction.rows(
            """
            SELECT token.session_id, token.used_at, child.hash, child.used_at
            FROM refresh_tokens AS token LEFT JOIN refresh_tokens AS child ON child.parent_hash = token.hash
            WHERE token.hash = \(hash)
                AND \(sql: ofSession(in: scope, "token"))
            """)
        guard var row = rows.first else { return nil }
        return Usage(session: try row.next(), usedAt: try row.next(), child: try row.next(), childUsedAt: try row.next())
    }

    /// A token has the tenant of its session.
    private static func ofSession(in scope: TenantScope, _ table: SQLText = "refresh_tokens") -> SQLText {
        """
        EXISTS (SELECT 1 FROM sessions
            WHERE sessions.id = \(sql: table).session_id AND \(sql: scope.condition(on: "sessions.tenant")))
        """
    }
}

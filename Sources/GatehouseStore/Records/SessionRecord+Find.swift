public import GatehouseCore

/// A session with the user whose it is.
public struct SessionOfUser: Sendable, Hashable {
    public let session: SessionRecord
    public let user: UserRecord
}

extension SessionRecord {
    /// The session that is live at `now`, of a user who is not disabled.
    public static func find(
        id: String, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> SessionOfUser? {
        try first(where: "sessions.id = \(id)", at: now, scope: scope, in: transaction)
    }

    /// As `find(id:)`, by the hash of the cookie's secret: the current one or, less than `grace` from the rotation, the one before.
    /// A clock that was set back does not make that longer.
    public static func find(
        cookieHash: [UInt8], grace: Duration, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> SessionOfUser? {
        let current = try first(where: "sessions.cookie_hash = \(cookieHash)", at: now, scope: scope, in: transaction)
        if let current { return current }
        return try first(
            where: """
                sessions.previous_cookie_hash = \(cookieHash) AND sessions.previous_cookie_until > \(now)
                AND sessions.previous_cookie_until < \(now + grace + grace)
                """,
            at: now, scope: scope, in: transaction)
    }

    /// As `find(id:)`, by the hash of a refresh token, used or not.
    public static func find(
        refreshHash: [UInt8], at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> SessionOfUser? {
        try first(
            where: "sessions.id = (SELECT session_id FROM refresh_tokens WHERE hash = \(refreshHash))", at: now, scope: scope,
            in: transaction)
    }

    /// The live sessions of a user, newest first.
    public static func list(
        of user: String, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [SessionRecord] {
        var sessions: [SessionRecord] = []
        let rows = try transaction.rows(
            """
            SELECT \(sql: columns) FROM sessions
            WHERE user_id = \(user) AND \(sql: live(at: now)) AND \(sql: scope.condition(on: "sessions.tenant"))
            ORDER BY created_at DESC, id
            """)
        for var row in rows { sessions.append(try SessionRecord(reading: &row)) }
        return sessions
    }

    /// Neither ended nor past one of its limits; refused exactly at a limit.
    static func live(at now: Timestamp) -> SQLText {
        "sessions.ended_at IS NULL AND sessions.expires_at > \(now) AND sessions.last_seen_at + sessions.idle_limit > \(again: 1)"
    }

    private static func first(
        where condition: SQLText, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> SessionOfUser? {
        let rows = try transaction.rows(
            """
            SELECT \(sql: columns), \(sql: UserRecord.columns)
            FROM sessions JOIN users ON users.id = sessions.user_id
            WHERE \(sql: condition) AND \(sql: live(at: now)) AND users.disabled_at IS NULL
                AND \(sql: scope.condition(on: "sessions.tenant"))
            """)
        guard var row = rows.first else { return nil }
        let session = try SessionRecord(reading: &row)
        return SessionOfUser(session: session, user: try UserRecord(reading: &row))
    }
}

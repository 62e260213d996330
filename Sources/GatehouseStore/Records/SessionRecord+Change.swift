public import GatehouseCore

extension SessionRecord {
    /// Notes activity of a live session, unless some was noted later than `since`; whether it did.
    public static func touch(
        _ id: String, unlessSince since: Timestamp, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE sessions SET last_seen_at = \(now)
            WHERE id = \(id) AND last_seen_at <= \(since) AND \(sql: live(at: now))
                AND \(sql: scope.condition(on: "sessions.tenant"))
            """) == 1
    }

    /// Gives a live session another cookie secret if `old` is still its current one; whether it did. Of two that race one wins.
    public static func rotateCookie(
        of id: String, from old: [UInt8], to new: [UInt8], oldUntil: Timestamp, at now: Timestamp, scope: TenantScope,
        in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE sessions SET previous_cookie_hash = cookie_hash, previous_cookie_until = \(oldUntil), cookie_hash = \(new),
                rotation_due = 0
            WHERE id = \(id) AND cookie_hash = \(old) AND \(sql: live(at: now))
                AND \(sql: scope.condition(on: "sessions.tenant"))
            """) == 1
    }

    /// Gives a live session another cookie secret, `nil` for one without a cookie, and no grace to any before; whether it did.
    public static func renew(
        _ id: String, cookieHash: [UInt8]?, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE sessions SET previous_cookie_hash = NULL, previous_cookie_until = NULL, cookie_hash = \(cookieHash), rotation_due = 0
            WHERE id = \(id) AND \(sql: live(at: now))
                AND \(sql: scope.condition(on: "sessions.tenant"))
            """) == 1
    }

    /// Asks for another cookie secret in the next response of each of the user's sessions.
    public static func demandRotation(of user: String, scope: TenantScope, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run(
            """
            UPDATE sessions SET rotation_due = 1
            WHERE user_id = \(user) AND cookie_hash IS NOT NULL AND ended_at IS NULL
                AND \(sql: scope.condition(on: "sessions.tenant"))
            """)
    }

    /// A session that was just ended.
    public struct Ended: Sendable, Hashable {
        public let id: String
        public let tenant: Tenant.ID
    }

    /// Ends a session; `nil` when it had ended or there is none.
    public static func end(
        _ id: String, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Ended? {
        let rows = try transaction.rows(
            """
            UPDATE sessions SET ended_at = \(now)
            WHERE id = \(id) AND ended_at IS NULL AND \(sql: scope.condition(on: "sessions.tenant"))
            RETURNING tenant
            """)
        guard var row = rows.first else { return nil }
        return Ended(id: id, tenant: try row.next())
    }

    /// Ends the sessions of a user but the one to keep; returns those ended.
    public static func endAll(
        of user: String, except kept: String?, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [Ended] {
        var ended: [Ended] = []
        let rows = try transaction.rows(
            """
            UPDATE sessions SET ended_at = \(now)
            WHERE user_id = \(user) AND id <> \(kept ?? "") AND ended_at IS NULL
                AND \(sql: scope.condition(on: "sessions.tenant"))
            RETURNING id, tenant
            """)
        for var row in rows { ended.append(Ended(id: try row.next(), tenant: try row.next())) }
        return ended
    }

    /// Forgets sessions, with their refresh tokens, that ended or ran out before `moment`.
    public static func prune(
        before moment: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run(
            """
            DELETE FROM sessions WHERE (expires_at < \(moment) OR ended_at < \(again: 1))
                AND \(sql: scope.condition(on: "sessions.tenant"))
            """)
    }
}

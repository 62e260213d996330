public import GatehouseCore

/// In all of these `owner` is whose key it has to be; `nil` for anybody's in the scope.
extension APIKeyRecord {
    /// Gives a key another name; `false` when there is no such key.
    public static func rename(
        _ id: String, to name: String, of owner: String?, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE api_keys SET name = \(name)
            WHERE id = \(id) AND \(sql: owned(by: owner)) AND \(sql: scope.condition(on: "api_keys.tenant"))
            """) == 1
    }

    /// Revokes a key; `false` when it was revoked before or there is none.
    public static func revoke(
        _ id: String, of owner: String?, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE api_keys SET revoked_at = \(now)
            WHERE id = \(id) AND revoked_at IS NULL AND \(sql: owned(by: owner)) AND \(sql: scope.condition(on: "api_keys.tenant"))
            """) == 1
    }

    /// Lets a working key work no longer than `end`; `false` when there is none that works.
    public static func shorten(
        _ id: String, to end: Timestamp, of owner: String?, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE api_keys SET expires_at = CASE WHEN expires_at < \(end) THEN expires_at ELSE \(again: 1) END
            WHERE id = \(id) AND \(sql: live(at: now)) AND \(sql: owned(by: owner))
                AND \(sql: scope.condition(on: "api_keys.tenant"))
            """) == 1
    }

    /// Notes a use of a working key, unless one was noted later than `since`; whether it did.
    public static func noteUse(
        _ id: String, unlessSince since: Timestamp, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE api_keys SET last_used_at = \(now)
            WHERE id = \(id) AND (last_used_at IS NULL OR last_used_at <= \(since)) AND \(sql: live(at: now))
                AND \(sql: scope.condition(on: "api_keys.tenant"))
            """) == 1
    }

    /// Forgets keys that were revoked or expired before `moment`.
    public static func prune(
        before moment: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run(
            """
            DELETE FROM api_keys WHERE (revoked_at < \(moment) OR expires_at < \(again: 1))
                AND \(sql: scope.condition(on: "api_keys.tenant"))
            """)
    }
}

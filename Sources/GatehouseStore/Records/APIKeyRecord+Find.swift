public import GatehouseCore

extension APIKeyRecord {
    /// The key that works at `now`, of a user who is not disabled, by the hash of its text.
    public static func find(
        hash: [UInt8], at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> APIKeyOfUser? {
        try first(where: "api_keys.hash = \(hash)", at: now, scope: scope, in: transaction)
    }

    /// As `find(hash:)`, by the key's id.
    public static func find(
        id: String, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> APIKeyOfUser? {
        try first(where: "api_keys.id = \(id)", at: now, scope: scope, in: transaction)
    }

    /// The key with this id, whether it works or not.
    ///
    /// - Parameter owner: whose it has to be; `nil` for anybody's.
    public static func find(
        id: String, of owner: String?, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> APIKeyRecord? {
        try all(
            "api_keys.id = \(id) AND \(sql: owned(by: owner)) AND \(sql: scope.condition(on: "api_keys.tenant"))", in: transaction
        ).first
    }

    /// The keys of a user that work at `now`, and the newest of those that work no more; each newest first.
    ///
    /// - Parameter ended: how many of those that work no more, at most.
    public static func list(
        of owner: String, at now: Timestamp, ended: Int, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [APIKeyRecord] {
        let owned: SQLText = "api_keys.user_id = \(owner) AND \(sql: scope.condition(on: "api_keys.tenant"))"
        let order: SQLText = "ORDER BY api_keys.created_at DESC, api_keys.id"
        let live = try all("\(sql: owned) AND \(sql: live(at: now)) \(sql: order)", in: transaction)
        return live + (try all("\(sql: owned) AND NOT (\(sql: Self.live(at: now))) \(sql: order) LIMIT \(ended)", in: transaction))
    }

    /// A page of everybody's keys by id, those included that work no more.
    public static func list(
        after id: String, limit: Int, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [APIKeyRecord] {
        try all(
            "api_keys.id > \(id) AND \(sql: scope.condition(on: "api_keys.tenant")) ORDER BY api_keys.id LIMIT \(limit)", in: transaction)
    }

    /// How many keys of a user work at `now`.
    public static func liveCount(
        of owner: String, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Int {
        let rows = try transaction.rows(
            """
            SELECT count(*) FROM api_keys
            WHERE api_keys.user_id = \(owner) AND \(sql: live(at: now)) AND \(sql: scope.condition(on: "api_keys.tenant"))
            """)
        guard var row = rows.first else { return 0 }
        return try row.next()
    }

    /// Neither revoked nor expired; refused exactly at its end.
    static func live(at now: Timestamp) -> SQLText {
        "api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > \(now))"
    }

    static func owned(by owner: String?) -> SQLText {
        guard let owner else { return "1 = 1" }
        return "api_keys.user_id = \(owner)"
    }

    private static func first(
        where condition: SQLText, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> APIKeyOfUser? {
        let rows = try transaction.rows(
            """
            SELECT \(sql: columns), \(sql: UserRecord.columns)
            FROM api_keys JOIN users ON users.id = api_keys.user_id
            WHERE \(sql: condition) AND \(sql: live(at: now)) AND users.disabled_at IS NULL
                AND \(sql: scope.condition(on: "api_keys.tenant"))
            """)
        guard var row = rows.first else { return nil }
        let key = try APIKeyRecord(reading: &row)
        return APIKeyOfUser(key: key, user: try UserRecord(reading: &row))
    }

    private static func all(_ condition: SQLText, in transaction: any SQLTransaction) throws(GatehouseError) -> [APIKeyRecord] {
        var keys: [APIKeyRecord] = []
        for var row in try transaction.rows("SELECT \(sql: columns) FROM api_keys WHERE \(sql: condition)") {
            keys.append(try APIKeyRecord(reading: &row))
        }
        return keys
    }
}

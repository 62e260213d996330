public import GatehouseCore

/// A row of `linked_accounts`: somebody outside, by the name of who vouches for them, is one of our users.
public struct LinkedAccountRecord: Sendable, Hashable {
    public let provider: String
    public let subject: String
    public let user: String
    public let linkedAt: Timestamp

    public init(provider: String, subject: String, user: String, linkedAt: Timestamp) {
        self.provider = provider
        self.subject = subject
        self.user = user
        self.linkedAt = linkedAt
    }

    /// Stores the link to a user of the scope; `false` when the pair of provider and subject is linked, or there is no such user.
    public func insert(scope: TenantScope, in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            INSERT INTO linked_accounts (provider, subject, user_id, linked_at)
            SELECT \(provider), \(subject), id, CAST(\(linkedAt) AS BIGINT) FROM users WHERE id = \(user) AND \(sql: scope.condition(on: "tenant"))
            ON CONFLICT (provider, subject) DO NOTHING
            """) == 1
    }

    /// The user who is linked, enabled or not.
    public static func user(
        of provider: String, _ subject: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> UserRecord? {
        let rows = try transaction.rows(
            """
            SELECT \(sql: UserRecord.columns) FROM linked_accounts JOIN users ON users.id = linked_accounts.user_id
            WHERE linked_accounts.provider = \(provider) AND linked_accounts.subject = \(subject)
                AND \(sql: scope.condition(on: "users.tenant"))
            """)
        guard var row = rows.first else { return nil }
        return try UserRecord(reading: &row)
    }

    /// The links of a user, by provider and subject.
    public static func list(
        of user: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [LinkedAccountRecord] {
        var links: [LinkedAccountRecord] = []
        let rows = try transaction.rows(
            """
            SELECT linked_accounts.provider, linked_accounts.subject, linked_accounts.user_id, linked_accounts.linked_at
            FROM linked_accounts JOIN users ON users.id = linked_accounts.user_id
            WHERE linked_accounts.user_id = \(user) AND \(sql: scope.condition(on: "users.tenant"))
            ORDER BY linked_accounts.provider, linked_accounts.subject
            """)
        for var row in rows {
            links.append(
                LinkedAccountRecord(
                    provider: try row.next(), subject: try row.next(), user: try row.next(), linkedAt: try row.next()))
        }
        return links
    }

    /// Removes the link; `false` when there is none to a user of the scope.
    public static func delete(
        _ provider: String, _ subject: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            DELETE FROM linked_accounts WHERE provider = \(provider) AND subject = \(subject)
                AND EXISTS (SELECT 1 FROM users
                    WHERE users.id = linked_accounts.user_id AND \(sql: scope.condition(on: "users.tenant")))
            """) == 1
    }
}

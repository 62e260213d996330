public import GatehouseCore

/// A row of `users`.
public struct UserRecord: Sendable, Hashable {
    public let id: String
    public let tenant: Tenant.ID
    public var username: String
    public var email: String?
    public var name: String
    /// A PHC string; `nil` for an account without a password.
    public var passwordHash: String?
    public var passwordChangedAt: Timestamp
    public var passwordChangeRequired: Bool
    public var disabledAt: Timestamp?
    public let createdAt: Timestamp

    public init(
        id: String, tenant: Tenant.ID, username: String, email: String?, name: String, passwordHash: String?,
        passwordChangedAt: Timestamp, passwordChangeRequired: Bool, disabledAt: Timestamp? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.tenant = tenant
        self.username = username
        self.email = email
        self.name = name
        self.passwordHash = passwordHash
        self.passwordChangedAt = passwordChangedAt
        self.passwordChangeRequired = passwordChangeRequired
        self.disabledAt = disabledAt
        self.createdAt = createdAt
    }

    static let columns: SQLText = """
        users.id, users.tenant, users.username, users.email, users.name, users.password_hash, users.password_changed_at,
        users.password_change_required, users.disabled_at, users.created_at
        """

    init(reading row: inout SQLRow) throws(GatehouseError) {
        id = try row.next()
        tenant = try row.next()
        username = try row.next()
        email = try row.next()
        name = try row.next()
        passwordHash = try row.next()
        passwordChangedAt = try row.next()
        passwordChangeRequired = try row.next()
        disabledAt = try row.next()
        createdAt = try row.next()
    }
}

extension UserRecord {
    /// Inserts the row; `false` when the user name is taken.
    public func insert(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            INSERT INTO users (id, tenant, username, email, name, password_hash, password_changed_at, password_change_required,
                disabled_at, created_at)
            VALUES (\(id), \(tenant), \(username), \(email), \(name), \(passwordHash), \(passwordChangedAt),
                \(passwordChangeRequired), \(disabledAt), \(createdAt))
            ON CONFLICT (username) DO NOTHING
            """) == 1
    }

    public static func find(
        id: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> UserRecord? {
        try one(
            "SELECT \(sql: columns) FROM users WHERE id = \(id) AND \(sql: scope.condition(on: "tenant"))", in: transaction)
    }

    /// The user who signs in with this canonical name or e-mail address.
    public static func find(
        canonicalName: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> UserRecord? {
        try one(
            """
            SELECT \(sql: columns) FROM account_names JOIN users ON users.id = account_names.account_id
            WHERE account_names.canonical = \(canonicalName) AND account_names.account_kind = 'user'
                AND \(sql: scope.condition(on: "users.tenant"))
            """, in: transaction)
    }

    /// A page of users by user name.
    public static func list(
        after username: String, limit: Int, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> [UserRecord] {
        try all(
            """
            SELECT \(sql: columns) FROM users WHERE username > \(username) AND \(sql: scope.condition(on: "tenant"))
            ORDER BY username LIMIT \(limit)
            """, in: transaction)
    }

    /// Sets the password of one user; `false` when there is no such user.
    public static func setPassword(
        _ hash: String, of id: String, changeRequired: Bool, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE users SET password_hash = \(hash), password_changed_at = \(sql: later(than: now)),
                password_change_required = \(changeRequired)
            WHERE id = \(id) AND \(sql: scope.condition(on: "tenant"))
            """) == 1
    }

    /// Sets the password of an enabled user in the place of the one set at `old`; `false` when another was set meanwhile.
    public static func changePassword(
        from old: Timestamp, to hash: String, of id: String, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE users SET password_hash = \(hash), password_changed_at = \(sql: later(than: now)),
                password_change_required = 0
            WHERE id = \(id) AND password_changed_at = \(old) AND disabled_at IS NULL
                AND \(sql: scope.condition(on: "tenant"))
            """) == 1
    }

    /// Puts another hash of the same password in the place of `old`, unless the password was changed meanwhile.
    public static func replaceHash(
        _ old: String, with new: String, of id: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run(
            """
            UPDATE users SET password_hash = \(new)
            WHERE id = \(id) AND password_hash = \(old) AND \(sql: scope.condition(on: "tenant"))
            """)
    }

    /// Disables or, with `nil`, enables a user; `false` when there is no such user.
    public static func setDisabled(
        at moment: Timestamp?, id: String, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            "UPDATE users SET disabled_at = \(moment) WHERE id = \(id) AND \(sql: scope.condition(on: "tenant"))") == 1
    }

    /// Notes a sign-in that proved the password of `passwordChangedAt`; `false` when the user was disabled or the password changed
    /// since. Within the transaction neither can happen any more.
    public static func noteSignIn(
        of id: String, passwordChangedAt: Timestamp, at now: Timestamp, scope: TenantScope, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            UPDATE users SET signed_in_at = \(now)
            WHERE id = \(id) AND disabled_at IS NULL AND password_changed_at = \(passwordChangedAt)
                AND \(sql: scope.condition(on: "tenant"))
            """) == 1
    }

    /// `now`, or just after the last change where the clock stands still or went back: the moment tells one password from the next.
    private static func later(than now: Timestamp) -> SQLText {
        "CASE WHEN password_changed_at >= \(now) THEN password_changed_at + 1 ELSE \(again: 1) END"
    }

    private static func one(_ statement: SQLText, in transaction: any SQLTransaction) throws(GatehouseError) -> UserRecord? {
        try all(statement, in: transaction).first
    }

    private static func all(_ statement: SQLText, in transaction: any SQLTransaction) throws(GatehouseError) -> [UserRecord] {
        var users: [UserRecord] = []
        for var row in try transaction.rows(statement) { users.append(try UserRecord(reading: &row)) }
        return users
    }
}

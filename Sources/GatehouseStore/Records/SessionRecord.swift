public import GatehouseCore

/// A row of `sessions`. Of secrets it holds hashes only.
public struct SessionRecord: Sendable, Hashable {
    /// The session's stable id (`sid`).
    public let id: String
    public let user: String
    public let tenant: Tenant.ID
    public let kind: String
    public let cookieHash: [UInt8]?
    /// The hash of the cookie secret before the last rotation, good until `previousCookieUntil`.
    public let previousCookieHash: [UInt8]?
    public let previousCookieUntil: Timestamp?
    public let isRotationDue: Bool
    public let createdAt: Timestamp
    public let authenticatedAt: Timestamp
    public let lastSeenAt: Timestamp
    public let idleLimit: Duration
    public let expiresAt: Timestamp
    public let endedAt: Timestamp?
    public let address: String?
    public let userAgent: String?

    public init(
        id: String, user: String, tenant: Tenant.ID, kind: String, cookieHash: [UInt8]?, at now: Timestamp, idleLimit: Duration,
        expiresAt: Timestamp, address: String?, userAgent: String?
    ) {
        self.id = id
        self.user = user
        self.tenant = tenant
        self.kind = kind
        self.cookieHash = cookieHash
        previousCookieHash = nil
        previousCookieUntil = nil
        isRotationDue = false
        createdAt = now
        authenticatedAt = now
        lastSeenAt = now
        self.idleLimit = idleLimit
        self.expiresAt = expiresAt
        endedAt = nil
        self.address = address
        self.userAgent = userAgent
    }

    static let columns: SQLText = """
        sessions.id, sessions.user_id, sessions.tenant, sessions.kind, sessions.cookie_hash, sessions.previous_cookie_hash,
        sessions.previous_cookie_until, sessions.rotation_due, sessions.created_at, sessions.authenticated_at,
        sessions.last_seen_at, sessions.idle_limit, sessions.expires_at, sessions.ended_at, sessions.address, sessions.user_agent
        """

    init(reading row: inout SQLRow) throws(GatehouseError) {
        id = try row.next()
        user = try row.next()
        tenant = try row.next()
        kind = try row.next()
        cookieHash = try row.next()
        previousCookieHash = try row.next()
        previousCookieUntil = try row.next()
        isRotationDue = try row.next()
        createdAt = try row.next()
        authenticatedAt = try row.next()
        lastSeenAt = try row.next()
        idleLimit = try row.next()
        expiresAt = try row.next()
        endedAt = try row.next()
        address = try row.next()
        userAgent = try row.next()
    }

    public func insert(in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run(
            """
            INSERT INTO sessions (id, user_id, tenant, kind, cookie_hash, rotation_due, created_at, authenticated_at, last_seen_at,
                idle_limit, expires_at, address, user_agent)
            VALUES (\(id), \(user), \(tenant), \(kind), \(cookieHash), \(isRotationDue), \(createdAt), \(authenticatedAt),
                \(lastSeenAt), \(idleLimit), \(expiresAt), \(address), \(userAgent))
            """)
    }
}

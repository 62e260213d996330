public import GatehouseCore

/// A row of `api_keys`. Of the key itself it holds the hash only.
public struct APIKeyRecord: Sendable, Hashable {
    public let id: String
    /// SHA-256 of the whole text of the key.
    public let hash: [UInt8]
    public let kind: String
    public let name: String
    public let user: String
    public let tenant: Tenant.ID
    public let scopes: Set<Scope>
    public let roles: Set<Role>
    public let addresses: [AddressRange]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp?
    public let lastUsedAt: Timestamp?
    public let revokedAt: Timestamp?
    /// The key in whose place this one was made; no two have the same.
    public let replaces: String?

    public init(
        id: String, hash: [UInt8], kind: String, name: String, user: String, tenant: Tenant.ID, scopes: Set<Scope>, roles: Set<Role>,
        addresses: [AddressRange], createdAt: Timestamp, expiresAt: Timestamp?, replaces: String? = nil
    ) {
        self.id = id
        self.hash = hash
        self.kind = kind
        self.name = name
        self.user = user
        self.tenant = tenant
        self.scopes = scopes
        self.roles = roles
        self.addresses = addresses
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        lastUsedAt = nil
        revokedAt = nil
        self.replaces = replaces
    }

    static let columns: SQLText = """
        api_keys.id, api_keys.hash, api_keys.kind, api_keys.name, api_keys.user_id, api_keys.tenant, api_keys.scopes, api_keys.roles,
        api_keys.addresses, api_keys.created_at, api_keys.expires_at, api_keys.last_used_at, api_keys.revoked_at, api_keys.replaces
        """

    init(reading row: inout SQLRow) throws(GatehouseError) {
        id = try row.next()
        hash = try row.next()
        kind = try row.next()
        name = try row.next()
        user = try row.next()
        tenant = try row.next()
        scopes = Set(try Self.list(in: try row.next()) { text throws(GatehouseError) in try Scope(validating: text) })
        roles = Set(try Self.list(in: try row.next()) { text throws(GatehouseError) in try Role(validating: text) })
        addresses = try Self.list(in: try row.next()) { text throws(GatehouseError) in try AddressRange(text) }
        createdAt = try row.next()
        expiresAt = try row.next()
        lastUsedAt = try row.next()
        revokedAt = try row.next()
        replaces = try row.next()
    }

    private static func list<Value>(
        in text: String, _ read: (String) throws(GatehouseError) -> Value
    ) throws(GatehouseError) -> [Value] {
        var values: [Value] = []
        for part in text.split(separator: " ") { values.append(try read(String(part))) }
        return values
    }

    /// Stores the key; `false` when another was made in the place of the same one. Of many that race one wins.
    public func insert(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            INSERT INTO api_keys (id, hash, kind, name, user_id, tenant, scopes, roles, addresses, created_at, expires_at, replaces)
            VALUES (\(id), \(hash), \(kind), \(name), \(user), \(tenant), \(scopes.sorted().map(\.rawValue).joined(separator: " ")),
                \(roles.sorted().map(\.rawValue).joined(separator: " ")), \(addresses.map(\.description).joined(separator: " ")),
                \(createdAt), \(expiresAt), \(replaces))
            ON CONFLICT (replaces) DO NOTHING
            """) == 1
    }
}

/// An API key with the user whose it is.
public struct APIKeyOfUser: Sendable, Hashable {
    public let key: APIKeyRecord
    public let user: UserRecord
}

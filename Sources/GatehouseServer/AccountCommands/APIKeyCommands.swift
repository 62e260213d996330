public import Gatehouse

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What `gatehouse api-keys …` does to a store; running gateways obey within a second.
public enum APIKeyCommands {
    /// A new key in the words of the command line.
    public struct Request: Sendable {
        public var user: String
        public var name: String
        public var scopes: [String]
        public var roles: [String]
        public var addresses: [String]
        /// A time from now such as `90d`, or a date such as `2027-01-31`.
        public var expires: String?
        /// `nil`: the user's own.
        public var tenant: String?

        public init(
            user: String, name: String, scopes: [String] = [], roles: [String] = [], addresses: [String] = [], expires: String? = nil,
            tenant: String? = nil
        ) {
            self.user = user
            self.name = name
            self.scopes = scopes
            self.roles = roles
            self.addresses = addresses
            self.expires = expires
            self.tenant = tenant
        }
    }

    /// Makes a key; its text is had this once. Throws `not_found`, `validation_failed`, `conflict`.
    public static func create(
        _ request: Request, in configuration: Configuration
    ) async throws(GatehouseError) -> (key: ListedAPIKey, text: Secret<String>) {
        let now = WallClock.system.now()
        var new = NewAPIKey(
            name: request.name, scopes: Set(try request.scopes.map { name throws(GatehouseError) in try Scope(configured: name, "scope") }))
        new.roles = Set(try request.roles.map { name throws(GatehouseError) in try Role(configured: name, "role") })
        new.addresses = try request.addresses.map { text throws(GatehouseError) in try AddressRange(text) }
        new.expiresAt = try request.expires.map { text throws(GatehouseError) in try Self.end(text, now) }
        let accounts = try await configuration.openAccounts()
        let user = try await accounts.user(named: request.user)
        let made = try await accounts.apiKeys.create(new, for: user.id, in: try await accounts.tenant(request.tenant, for: user))
        return (ListedAPIKey(made.key, owner: user.username, at: now), made.text)
    }

    /// The keys of a user, a tenant, or all, those included that work no more. Throws `not_found`.
    public static func list(
        user: String?, tenant: String?, in configuration: Configuration
    ) async throws(GatehouseError) -> [ListedAPIKey] {
        let accounts = try await configuration.openAccountsReadingOnly()
        let scope = try await accounts.scope(tenant)
        let keys: [APIKey]
        if let user {
            keys = try await accounts.apiKeys.list(of: try await accounts.user(named: user).id, in: scope)
        } else {
            keys = try await all(accounts, in: scope)
        }
        var owners: [String: String] = [:]
        for id in Set(keys.map(\.userID)) { owners[id] = try await accounts.users.find(id: id, in: .everyTenant)?.username }
        let now = WallClock.system.now()
        return keys.map { ListedAPIKey($0, owner: owners[$0.userID] ?? $0.userID, at: now) }
    }

    /// Revokes a key by its id or by its whole text; returns the id. Throws `not_found`.
    public static func revoke(_ key: Secret<String>, in configuration: Configuration) async throws(GatehouseError) -> String {
        // An id may be shown; whatever is longer may hold a secret.
        let id = key.expose { text in APIKeyText(text)?.id ?? (text.utf8.count <= 16 ? text : "") }
        guard !id.isEmpty else { throw GatehouseError(.notFound, "This is neither a key nor the id of one: see `gatehouse api-keys list`.") }
        try await configuration.openAccounts().apiKeys.revoke(id, in: .everyTenant)
        return id
    }

    private static func all(_ accounts: Accounts, in scope: TenantScope) async throws(GatehouseError) -> [APIKey] {
        var keys: [APIKey] = []
        while true {
            let page = try await accounts.apiKeys.listAll(in: scope, after: keys.last?.id ?? "", limit: 500)
            keys += page
            if page.count < 500 { return keys }
        }
    }

    private static func end(_ text: String, _ now: Timestamp) throws(GatehouseError) -> Timestamp {
        var context = ReadingContext(variables: [:])
        let node = ConfigurationNode(content: .untyped(text), source: .flag("--expires"))
        if let time = try? ValueKind<Duration>.duration(1...3_153_600_000).read(node, &context) { return now + time }
        let day = Date.ISO8601FormatStyle().year().month().day()
        guard let date = (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: day)), abs(date.timeIntervalSince1970) < 1e12 else {
            throw GatehouseError(.validationFailed, "“\(text.prefix(64))” is no time: write it like 90d, 2027-01-31 or 2027-01-31T12:00:00Z.")
        }
        return Timestamp(seconds: Int64(date.timeIntervalSince1970))
    }
}

/// An API key as the command line lists it; times as in RFC 3339.
public struct ListedAPIKey: Sendable, Encodable {
    public let id: String
    public let name: String
    /// The owner's user name.
    public let user: String
    public let tenant: String
    public let scopes: [String]
    public let roles: [String]
    public let addresses: [String]
    /// `active`, `expired` or `revoked`.
    public let state: String
    public let createdAt: String
    public let expiresAt: String?
    public let lastUsedAt: String?
    public let revokedAt: String?

    init(_ key: APIKey, owner: String, at now: Timestamp) {
        id = key.id
        name = key.name
        user = owner
        tenant = key.tenant.rawValue
        scopes = key.scopes.sorted().map(\.rawValue)
        roles = key.roles.sorted().map(\.rawValue)
        addresses = key.addresses.map(\.description)
        state = key.revokedAt != nil ? "revoked" : key.isLive(at: now) ? "active" : "expired"
        createdAt = key.createdAt.written
        expiresAt = key.expiresAt?.written
        lastUsedAt = key.lastUsedAt?.written
        revokedAt = key.revokedAt?.written
    }

    enum CodingKeys: String, CodingKey {
        case id, name, user, tenant, scopes, roles, addresses, state
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case lastUsedAt = "last_used_at"
        case revokedAt = "revoked_at"
    }
}

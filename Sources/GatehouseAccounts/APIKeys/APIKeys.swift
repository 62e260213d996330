public import GatehouseCore
public import GatehouseStore
import GatehouseTokens

/// The API keys of the store: keys that people make for programs, each in one tenant.
///
/// A key never grants more than its owner holds in that tenant at the moment of use. It dies at once with its owner's account or
/// membership; a password that must be changed does not touch it, since it was made apart from the password.
public struct APIKeys: Sendable {
    let environment: Environment
    let limits: APIKeyLimits
    let caches: Caches

    /// The working key of this text, from memory; under a microsecond. `nil` means no more than that `find` has to be asked.
    public func cached(_ text: String) -> LiveAPIKey? {
        guard Self.lengths.contains(text.utf8.count) else { return nil }
        let now = environment.clock.now()
        return live(caches.apiKeys.value(SHA256Digest(hashing: text), at: now), at: now)
    }

    /// The working key with this id, from memory; as `cached(_:)`.
    public func cached(id: String) -> LiveAPIKey? {
        let now = environment.clock.now()
        return live(caches.apiKeysByID.value(id, at: now), at: now)
    }

    /// The working key of this text; `nil` for one that is malformed, unknown, revoked or expired, and for one whose owner is disabled
    /// or no member of the key's tenant any more. Never writes. Throws `store_unavailable`.
    public func find(_ text: String) async throws(GatehouseError) -> LiveAPIKey? {
        // What cannot be a key costs the store nothing.
        guard APIKeyText(text) != nil else { return nil }
        let digest = SHA256Digest(hashing: text)
        let now = environment.clock.now()
        if let cached = live(caches.apiKeys.value(digest, at: now), at: now) { return cached }
        let generation = caches.apiKeys.generation
        let hash = digest.bytes
        let found = try await read { transaction throws(GatehouseError) in
            try APIKeyRecord.find(hash: hash, at: now, scope: .everyTenant, in: transaction)
        }
        if let found { caches.apiKeys.insert(found, for: digest, readAt: generation) }
        return found
    }

    /// The working key with this id, for what stays open after the key was presented; as `find(_:)`.
    public func find(id: String) async throws(GatehouseError) -> LiveAPIKey? {
        let now = environment.clock.now()
        if let cached = live(caches.apiKeysByID.value(id, at: now), at: now) { return cached }
        let generation = caches.apiKeysByID.generation
        let found = try await read { transaction throws(GatehouseError) in
            try APIKeyRecord.find(id: id, at: now, scope: .everyTenant, in: transaction)
        }
        if let found { caches.apiKeysByID.insert(found, for: id, readAt: generation) }
        return found
    }

    /// The keys of a user, newest first: all that work, and the newest hundred of those that work no more.
    public func list(of user: String, in scope: TenantScope) async throws(GatehouseError) -> [APIKey] {
        let (now, ended) = (environment.clock.now(), Self.endedInList)
        let keys = try await environment.driver.read { transaction throws(GatehouseError) in
            try APIKeyRecord.list(of: user, at: now, ended: ended, scope: scope, in: transaction).map { APIKey($0) }
        }
        return keys.sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
    }

    private static let endedInList = 100

    /// A page of everybody's keys by id, those included that work no more.
    ///
    /// - Parameter id: the last id of the page before.
    public func listAll(in scope: TenantScope, after id: String = "", limit: Int = 100) async throws(GatehouseError) -> [APIKey] {
        try await environment.driver.read { transaction throws(GatehouseError) in
            try APIKeyRecord.list(after: id, limit: max(0, min(limit, 1000)), scope: scope, in: transaction).map { APIKey($0) }
        }
    }

    /// Of the text of a key; nothing else is worth hashing.
    private static let lengths = 72...87

    private func live(_ key: LiveAPIKey?, at now: Timestamp) -> LiveAPIKey? {
        guard let key, key.key.isLive(at: now) else { return nil }
        return key
    }

    private func read(
        _ find: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> APIKeyOfUser?
    ) async throws(GatehouseError) -> LiveAPIKey? {
        try await environment.driver.read { transaction throws(GatehouseError) -> LiveAPIKey? in
            guard let found = try find(transaction),
                let account = try LiveAccount.read(found.user, in: found.key.tenant, transaction)
            else { return nil }
            return LiveAPIKey(APIKey(found.key), of: account)
        }
    }
}

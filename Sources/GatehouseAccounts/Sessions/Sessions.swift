public import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// The sessions of people who signed in, found by cookie, by id or by refresh token.
///
/// By reference: every request asks it, on every event loop.
public final class Sessions: Sendable {
    let environment: Environment
    let limits: SessionLimits
    let cache: SessionCache
    let ending: SessionEnding
    /// Makes the child of a refresh token.
    let refreshKey: Secret<[UInt8]>

    init(environment: Environment, limits: SessionLimits, cache: SessionCache, ending: SessionEnding, refreshKey: Secret<[UInt8]>) {
        self.environment = environment
        self.limits = limits
        self.cache = cache
        self.ending = ending
        self.refreshKey = refreshKey
    }

    /// The session of a cookie's value, from memory; about half a microsecond. `nil` means no more than that `find` has to be asked.
    public func cached(cookieSecret: String) -> LiveSession? {
        guard Self.isSecret(cookieSecret) else { return nil }
        return cache.session(cookie: SHA256Digest(hashing: cookieSecret), at: environment.clock.now())
    }

    /// The session with this id, from memory; as `cached(cookieSecret:)`.
    public func cached(id: String) -> LiveSession? {
        cache.session(id: id, at: environment.clock.now())
    }

    /// The live session of a cookie's value; `nil` for one that is none, is too old, or whose session is over. Throws
    /// `store_unavailable`.
    public func find(cookieSecret: String) async throws(GatehouseError) -> LiveSession? {
        guard Self.isSecret(cookieSecret) else { return nil }
        let digest = SHA256Digest(hashing: cookieSecret)
        let now = environment.clock.now()
        if let cached = cache.session(cookie: digest, at: now) { return cached }
        let generation = cache.generation
        let hash = digest.bytes
        let grace = limits.rotationGrace
        let found = try await environment.driver.read { transaction throws(GatehouseError) -> (LiveSession, until: Timestamp?)? in
            let row = try SessionRecord.find(cookieHash: hash, grace: grace, at: now, scope: .everyTenant, in: transaction)
            guard let row else { return nil }
            let until = row.session.cookieHash == hash ? nil : row.session.previousCookieUntil
            return (try LiveSession(row, in: transaction), until)
        }
        guard let (session, until) = found else { return nil }
        cache.insert(session, cookie: digest, until: until, readAt: generation)
        return session
    }

    /// The live session with this id; as `find(cookieSecret:)`.
    public func find(id: String) async throws(GatehouseError) -> LiveSession? {
        let now = environment.clock.now()
        if let cached = cache.session(id: id, at: now) { return cached }
        let generation = cache.generation
        let found = try await environment.driver.read { transaction throws(GatehouseError) -> LiveSession? in
            let row = try SessionRecord.find(id: id, at: now, scope: .everyTenant, in: transaction)
            guard let row else { return nil }
            return try LiveSession(row, in: transaction)
        }
        if let found { cache.insert(found, readAt: generation) }
        return found
    }

    /// Ends a session with everything that belongs to it; does nothing when it has ended.
    public func end(id: String, by actor: Principal.Identity? = nil, address: String? = nil) async throws(GatehouseError) {
        try await ending.end(id, actor: actor, address: address, reason: "signed_out")
    }

    /// Ends the session that a refresh token belongs to, even if the token has been used; does nothing for one that is unknown.
    public func end(refreshToken: Secret<String>, address: String? = nil) async throws(GatehouseError) {
        let hash = refreshToken.expose { SHA256Digest(hashing: $0).bytes }
        let now = environment.clock.now()
        let found = try await environment.driver.read { transaction throws(GatehouseError) in
            try SessionRecord.find(refreshHash: hash, at: now, scope: .everyTenant, in: transaction)
        }
        guard let found else { return }
        try await ending.end(found.session.id, actor: User(found.user).identity, address: address, reason: "signed_out")
    }

    /// Ends all sessions of a user but the one to keep.
    public func endAll(
        of user: String, except kept: String? = nil, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        try await ending.endAll(of: user, except: kept, actor: actor, reason: "ended_by_request")
    }

    /// Whether `text` has the length of our secrets; nothing else is worth hashing.
    static func isSecret(_ text: String) -> Bool { text.utf8.count == 43 }
}

extension LiveSession {
    /// Reads what the user may do beside what is known already.
    convenience init(_ row: SessionOfUser, in transaction: any SQLTransaction) throws(GatehouseError) {
        let roles = try RoleRecord.list(of: row.user.id, scope: .tenant(row.session.tenant), in: transaction)
        self.init(
            row, roles: Set(roles.map(\.role)), permissions: roles.reduce(into: []) { $0.formUnion($1.permissions) })
    }
}

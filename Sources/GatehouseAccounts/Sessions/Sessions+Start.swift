public import GatehouseCore
import GatehouseStore
import GatehouseTokens

extension Sessions {
    /// Starts a session for a user who has just signed in.
    ///
    /// Throws `invalid_credentials` when the user was disabled or the password changed since the sign-in, `store_unavailable`.
    /// - Parameters:
    ///   - kind: with a cookie, or with a refresh token only.
    ///   - withRefreshToken: `false` for a browser that needs none.
    ///   - old: the id of the session that the same browser had; it ends as this one begins.
    public func start(
        for user: User, kind: LiveSession.Kind, withRefreshToken: Bool = true, replacing old: String? = nil, address: String? = nil,
        userAgent: String? = nil
    ) async throws(GatehouseError) -> StartedSession {
        let now = environment.clock.now()
        let cookie = kind == .cookie ? environment.newSecret() : nil
        let refresh = withRefreshToken ? environment.newSecret() : nil
        let row = SessionRecord(
            id: environment.newID(), user: user.id, tenant: user.tenant, kind: kind.rawValue,
            cookieHash: cookie.map { SHA256Digest(hashing: $0).bytes }, at: now,
            idleLimit: kind == .cookie ? limits.cookieIdle : limits.tokenIdle,
            expiresAt: now + (kind == .cookie ? limits.cookieAbsolute : limits.tokenAbsolute), address: address,
            userAgent: userAgent.map { String($0.prefix(256)) })
        let refreshHash = refresh.map { SHA256Digest(hashing: $0).bytes }
        defer { if let old { cache.drop(old) } }
        let (session, endedOld) = try await environment.driver.write { transaction throws(GatehouseError) -> (LiveSession, SessionRecord.Ended?) in
            let session = try Self.insert(row, for: user, refreshHash: refreshHash, at: now, in: transaction)
            guard let old, let ended = try SessionRecord.end(old, at: now, scope: .everyTenant, in: transaction) else { return (session, nil) }
            try transaction.markChanged()
            return (session, ended)
        }
        environment.record(
            "session.created", actor: user.identity, subject: row.id, tenant: user.tenant, address: address,
            details: ["kind": kind.rawValue])
        if let endedOld { ending.record(endedOld, actor: user.identity, address: address, reason: "replaced") }
        return StartedSession(session: session, cookieSecret: cookie.map { Secret($0) }, refreshToken: refresh.map { Secret($0) })
    }

    private static func insert(
        _ row: SessionRecord, for user: User, refreshHash: [UInt8]?, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> LiveSession {
        let isCurrent = try UserRecord.noteSignIn(
            of: user.id, passwordChangedAt: user.passwordChangedAt, at: now, scope: .tenant(user.tenant), in: transaction)
        guard isCurrent else {
            throw GatehouseError(.invalidCredentials, "The user was disabled or the password changed during the sign-in.")
        }
        try row.insert(in: transaction)
        if let refreshHash { try RefreshTokenRecord(hash: refreshHash, parent: nil, session: row.id).insert(at: now, in: transaction) }
        guard let made = try SessionRecord.find(id: row.id, at: now, scope: .tenant(user.tenant), in: transaction) else {
            throw GatehouseError(.configurationInvalid, "A session ends as soon as it starts: look at its limits.")
        }
        return try LiveSession(made, in: transaction)
    }
}

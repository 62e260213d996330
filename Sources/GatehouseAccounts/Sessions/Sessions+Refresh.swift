public import GatehouseCore
import GatehouseStore
import GatehouseTokens

extension Sessions {
    private enum Outcome: Sendable {
        case refreshed(LiveSession)
        /// Unknown, or of a session that is over.
        case dead
        /// Used before and outside the grace: somebody has a copy, so the session is over.
        case reused(SessionOfUser)
    }

    /// Exchanges a refresh token for its child (RFC 9700 section 4.14.2). A refresh is activity.
    ///
    /// The child is an HMAC of the token, so a replay within `refreshGrace` gives the same one as long as that has not been used
    /// itself. Any other reuse ends the session. Throws `invalid_grant`, `store_unavailable`.
    ///
    /// - Parameter check: throws where the session is not to be refreshed; the token is not spent then.
    public func refresh(
        _ token: Secret<String>, address: String? = nil,
        unless check: @Sendable (LiveSession) async throws(GatehouseError) -> Void = { (_) async throws(GatehouseError) in }
    ) async throws(GatehouseError) -> RefreshedSession {
        guard token.expose(Self.isSecret) else { throw Self.dead }
        let hash = token.expose { SHA256Digest(hashing: $0).bytes }
        let child = token.expose { Base64URL.encode(HMACSHA256.tag(refreshKey, Array($0.utf8))) }
        let childHash = SHA256Digest(hashing: child).bytes
        let now = environment.clock.now()
        let grace = limits.refreshGrace
        // What is unknown must not keep others from writing.
        let known = try await environment.driver.read { transaction throws(GatehouseError) -> LiveSession? in
            guard let found = try SessionRecord.find(refreshHash: hash, at: now, scope: .everyTenant, in: transaction) else { return nil }
            return try LiveSession(found, in: transaction)
        }
        guard let known else { throw Self.dead }
        try await check(known)
        let outcome: Outcome
        do throws(GatehouseError) {
            outcome = try await environment.driver.write { transaction throws(GatehouseError) in
                try Self.use(hash, child: childHash, grace: grace, at: now, in: transaction)
            }
        } catch {
            // Whoever is cancelled does not learn whether it was done.
            cache.dropAll()
            throw error
        }
        switch outcome {
        case .refreshed(let session):
            session.confirmTouch(at: now)
            return RefreshedSession(session: session, refreshToken: Secret(child))
        case .dead:
            throw Self.dead
        case .reused(let found):
            cache.drop(found.session.id)
            environment.recordRefusal(
                "refresh.reused", .invalidGrant, subject: found.session.id, tenant: found.session.tenant, address: address)
            throw Self.dead
        }
    }

    private static let dead = GatehouseError(
        .invalidGrant, "The refresh token is unknown or used, or its session is over; sign in again.")

    private static func use(
        _ hash: [UInt8], child: [UInt8], grace: Duration, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Outcome {
        guard let found = try SessionRecord.find(refreshHash: hash, at: now, scope: .everyTenant, in: transaction) else { return .dead }
        let id = found.session.id
        if try RefreshTokenRecord.use(hash, at: now, scope: .everyTenant, in: transaction) {
            try RefreshTokenRecord(hash: child, parent: hash, session: id).insert(at: now, in: transaction)
        } else {
            let usage = try RefreshTokenRecord.usage(of: hash, scope: .everyTenant, in: transaction)
            guard let usage, let usedAt = usage.usedAt else { return .dead }
            // A use that lies ahead is one of before the clock was set back.
            guard usage.childUsedAt == nil, now < usedAt + grace, usedAt < now + grace else {
                _ = try SessionRecord.end(id, at: now, scope: .everyTenant, in: transaction)
                try transaction.markChanged()
                return .reused(found)
            }
            // The root secret changed within the grace: the child cannot be made again, which is nobody's fault.
            guard usage.child == child else { return .dead }
        }
        _ = try SessionRecord.touch(id, unlessSince: now, at: now, scope: .everyTenant, in: transaction)
        return .refreshed(try LiveSession(found, in: transaction))
    }
}

public import GatehouseCore
import GatehouseStore
import GatehouseTokens

extension Sessions {
    /// Whether activity of the session should be written now, with `touch`; `true` for one caller in `activityInterval`. No I/O.
    public func claimTouch(_ session: LiveSession) -> Bool {
        session.claimTouch(at: environment.clock.now(), interval: limits.activityInterval)
    }

    /// Writes activity, after `claimTouch` said so. The idle limit goes by what is written, so all processes agree on it.
    public func touch(_ session: LiveSession) async throws(GatehouseError) {
        let now = environment.clock.now()
        let since = now - limits.activityInterval
        let id = session.id
        do throws(GatehouseError) {
            let touched = try await environment.driver.write { transaction throws(GatehouseError) in
                try SessionRecord.touch(id, unlessSince: since, at: now, scope: .everyTenant, in: transaction)
            }
            // Another process wrote activity meanwhile, or the session is over: the next look-up tells.
            if touched { session.confirmTouch(at: now) } else { cache.drop(id) }
        } catch {
            session.abandonTouch()
            throw error
        }
    }

    /// Gives a session another cookie secret, where `needsRotation` asks for it; the old one works `rotationGrace` more. `nil` when
    /// another request was first, whose response carries the new one.
    public func rotate(_ session: LiveSession, cookieSecret: String) async throws(GatehouseError) -> Secret<String>? {
        let old = SHA256Digest(hashing: cookieSecret).bytes
        return try await giveCookie(to: session.id) { id, new, until, now, transaction throws(GatehouseError) in
            try SessionRecord.rotateCookie(
                of: id, from: old, to: new, oldUntil: until, at: now, scope: .everyTenant, in: transaction)
        }
    }

    /// As `rotate`, whatever the current secret is; `nil` for a session without a cookie.
    func replaceCookie(of id: String) async throws(GatehouseError) -> Secret<String>? {
        try await giveCookie(to: id) { id, new, until, now, transaction throws(GatehouseError) in
            try SessionRecord.replaceCookie(of: id, with: new, oldUntil: until, at: now, scope: .everyTenant, in: transaction)
        }
    }

    private typealias CookieChange =
        @Sendable (
            _ id: String, _ new: [UInt8], _ oldUntil: Timestamp, _ now: Timestamp, any SQLTransaction
        ) throws(GatehouseError) -> Bool

    private func giveCookie(to id: String, _ change: @escaping CookieChange) async throws(GatehouseError) -> Secret<String>? {
        let now = environment.clock.now()
        let until = now + limits.rotationGrace
        let secret = environment.newSecret()
        let hash = SHA256Digest(hashing: secret).bytes
        defer { cache.drop(id) }
        let changed = try await environment.driver.write { transaction throws(GatehouseError) in
            guard try change(id, hash, until, now, transaction) else { return false }
            try transaction.markChanged()
            return true
        }
        return changed ? Secret(secret) : nil
    }
}

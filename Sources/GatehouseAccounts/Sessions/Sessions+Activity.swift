public import GatehouseCore
import GatehouseStore
import GatehouseTokens

extension Sessions {
    /// Whether activity of the session should be written now, with `touch`; `true` for one caller in `activityInterval`. No I/O.
    public func claimTouch(_ session: LiveSession) -> Bool {
        session.claimTouch(at: environment.clock.now(), interval: limits.activityInterval)
    }

    /// Whether `claimTouch` would say yes; claims nothing.
    public func isTouchDue(_ session: LiveSession) -> Bool {
        session.isTouchDue(at: environment.clock.now(), interval: limits.activityInterval)
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
        let id = session.id
        let old = SHA256Digest(hashing: cookieSecret).bytes
        let now = environment.clock.now()
        let until = now + limits.rotationGrace
        let secret = environment.newSecret()
        let new = SHA256Digest(hashing: secret).bytes
        defer { cache.drop(id) }
        let changed = try await environment.driver.write { transaction throws(GatehouseError) in
            let isFirst = try SessionRecord.rotateCookie(
                of: id, from: old, to: new, oldUntil: until, at: now, scope: .everyTenant, in: transaction)
            guard isFirst else { return false }
            try transaction.markChanged()
            return true
        }
        return changed ? Secret(secret) : nil
    }
}

import GatehouseCore
import GatehouseStore

/// Ending sessions, for everything that has a reason to.
struct SessionEnding: Sendable {
    let environment: Environment
    let caches: Caches

    /// Ends one session; does nothing when it has ended.
    func end(_ id: String, actor: Principal.Identity?, address: String?, reason: String) async throws(GatehouseError) {
        let now = environment.clock.now()
        // Also when the write fails: a caller that is cancelled may not learn that it was done.
        defer { caches.sessions.drop(id) }
        let ended = try await environment.driver.write { transaction throws(GatehouseError) -> SessionRecord.Ended? in
            guard let ended = try SessionRecord.end(id, at: now, scope: .everyTenant, in: transaction) else { return nil }
            try transaction.markChanged()
            return ended
        }
        if let ended { record(ended, actor: actor, address: address, reason: reason) }
    }

    /// Ends all sessions of a user but the one to keep.
    func endAll(of user: String, except kept: String?, actor: Principal.Identity?, reason: String) async throws(GatehouseError) {
        let now = environment.clock.now()
        defer { caches.dropAll() }
        let ended = try await environment.driver.write { transaction throws(GatehouseError) in
            let ended = try SessionRecord.endAll(of: user, except: kept, at: now, scope: .everyTenant, in: transaction)
            try transaction.markChanged()
            return ended
        }
        for session in ended { record(session, actor: actor, address: nil, reason: reason) }
    }

    /// Tells the auditor of a session that was ended.
    func record(_ ended: SessionRecord.Ended, actor: Principal.Identity?, address: String?, reason: String) {
        environment.record(
            "session.ended", actor: actor, subject: ended.id, tenant: ended.tenant, address: address, details: ["reason": reason])
    }

    /// Something about users changed that cached sessions and keys show.
    func forgetCached() { caches.dropAll() }
}

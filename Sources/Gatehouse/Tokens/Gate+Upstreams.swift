import GatehouseAccounts
package import GatehouseCore
import Logging

/// What a proxy asks of the gate.
extension Gate {
    /// Whom a token for an upstream is meant for.
    package enum Audience: Sendable, Hashable {
        /// A supervised UI that calls our API as the person: valid as long as the session, never for credentials.
        case supervisedUI
        /// Another server, under this path of ours.
        case upstream(path: String)
    }

    /// A token with no more rights and no later end than the credential of `principal`; `nil` for one without a session.
    package func upstreamToken(for principal: Principal, audience: Audience) async throws(GatehouseError) -> String? {
        guard let id = principal.sessionID, let session = try await liveSession(id) else { return nil }
        return try upstreamTokens.token(for: session, until: principal.expiresAt, audience: audience)
    }

    /// Whether what `principal` presented still stands: its session, the account behind it, and every right that it had then.
    package func isAlive(_ principal: Principal) async -> Bool {
        guard let id = principal.sessionID else { return principal.expiresAt.map { settings.clock.now() < $0 } ?? false }
        guard let session = try? await liveSession(id), session.user.id == principal.id else { return false }
        return session.roles == principal.roles && session.permissions == principal.permissions
    }

    /// Something that the person did keeps their session from idling out.
    package func noteActivity(of principal: Principal) async {
        guard !principal.isDelegated, let id = principal.sessionID, let session = try? await liveSession(id),
            accounts.sessions.claimTouch(session)
        else { return }
        do throws(GatehouseError) {
            try await accounts.sessions.touch(session)
        } catch {
            settings.logger.warning("Activity could not be written: \(error)")
        }
    }

    private func liveSession(_ id: String) async throws(GatehouseError) -> LiveSession? {
        if let session = accounts.sessions.cached(id: id) { return session }
        return try await accounts.sessions.find(id: id)
    }
}

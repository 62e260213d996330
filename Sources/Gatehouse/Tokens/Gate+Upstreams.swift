import GatehouseAccounts
package import GatehouseCore
package import HTTPTypes
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

    /// Fields of the settings that carry credentials; no upstream gets them.
    package var credentialFields: [HTTPField.Name] { door.credentials.ownFields }

    /// The field that names the tenant, if the settings have one.
    package var tenantField: HTTPField.Name? { door.tenants.header }

    /// A token with no more rights and no later end than the credential of `principal`; `nil` where that is gone.
    ///
    /// Without a session it lives 15 minutes at most, and falls with the key or account that it stands on.
    package func upstreamToken(for principal: Principal, audience: Audience) async throws(GatehouseError) -> String? {
        guard let grant = try await door.authenticator.grant(for: principal) else { return nil }
        return try upstreamTokens.token(for: grant, audience: audience)
    }

    /// The same token as far as memory tells; `nil` where somebody has to be asked.
    package func knownUpstreamToken(for principal: Principal, audience: Audience) -> String? {
        door.authenticator.knownGrant(for: principal).flatMap { try? upstreamTokens.token(for: $0, audience: audience) }
    }

    /// Whether what `principal` presented still stands: its session, key or account, every right that it had then, and its end, with the
    /// leeway that the verifier of its token gives. Throws where that cannot be told just now, as while the store is down.
    package func isAlive(_ principal: Principal) async throws(GatehouseError) -> Bool {
        if let end = principal.expiresAt, end + leeway(for: principal) <= settings.clock.now() { return false }
        do throws(GatehouseError) {
            guard let grant = try await door.authenticator.grant(for: principal) else { return false }
            return grant.principal.hasRights(of: principal)
        } catch {
            if error.isOurs { throw error }
            return false
        }
    }

    /// A token that was accepted within the leeway must not be over at once.
    private func leeway(for principal: Principal) -> Duration {
        switch principal.credential {
        case .accessToken: settings.leeway
        case .foreignToken: settings.issuers.first { $0.id == principal.authProvider }?.leeway ?? .zero
        default: .zero
        }
    }

    /// Something that the person did keeps their session from idling out.
    package func noteActivity(of principal: Principal) async {
        guard !principal.isDelegated, let id = principal.sessionID, let session = try? await door.authenticator.liveSession(id),
            accounts.sessions.claimTouch(session)
        else { return }
        do throws(GatehouseError) {
            try await accounts.sessions.touch(session)
        } catch {
            settings.logger.warning("Activity could not be written: \(error)")
        }
    }
}

import GatehouseAccounts
import GatehouseCore
import GatehouseTokens

/// Turns a presented credential into a caller, or refuses it.
struct Authenticator: Sendable {
    let sessions: Sessions
    let tokens: AccessTokens

    /// `nil` where the cookie names no session that is alive: for us the person is simply not signed in.
    func caller(cookie secret: String) async throws(GatehouseError) -> Caller? {
        var session = sessions.cached(cookieSecret: secret)
        if session == nil { session = try await sessions.find(cookieSecret: secret) }
        guard let session else { return nil }
        return Caller(principal: session.principal, session: session, isActivity: true, usesCookie: true)
    }

    /// Throws `invalid_token` for a token that is not ours, has run out, or whose session has ended.
    func caller(bearer token: String) async throws(GatehouseError) -> Caller {
        let verified = try tokens.verify(token)
        guard let id = verified.sid else { throw GatehouseError(.invalidToken, "The token names no session.") }
        var session = sessions.cached(id: id)
        if session == nil { session = try await sessions.find(id: id) }
        guard let session, session.user.id == verified.subject else {
            throw GatehouseError(.invalidToken, "The session that the token belongs to has ended.")
        }
        return Caller(principal: principal(of: session, verified), session: session, isActivity: false, usesCookie: false)
    }

    private func principal(of session: LiveSession, _ token: VerifiedToken) -> Principal {
        Principal(
            id: session.user.id, username: session.user.username, name: session.user.name, email: session.user.email, tenant: session.tenant,
            roles: session.roles, permissions: session.permissions, sessionID: session.id, credential: .accessToken,
            authenticatedAt: session.authenticatedAt, expiresAt: token.expiresAt, claims: token.claims,
            isDelegated: token.clientID == AccessTokens.delegatedClient)
    }
}

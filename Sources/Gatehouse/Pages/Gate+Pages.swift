package import GatehouseAccounts
package import GatehouseCore
package import Hummingbird
import NIOCore

/// What pages of ours need of the gate; they live in another module.
extension Gate {
    /// A form comes from one of our own pages; throws `csrf_failed`.
    package func requireOwnOrigin(_ request: Request, _ context: some IdentityRequestContext) throws(GatehouseError) {
        try door.requireOwnOrigin(request.headers, context.identity)
    }

    /// The hidden field `csrf_token` of a form; throws `csrf_failed`.
    package func requireCSRFToken(_ token: String?, session id: String) throws(GatehouseError) { try door.csrf.check(token, session: id) }

    package func csrfToken(session id: String) -> String { door.csrf.token(session: id) }

    package var clearedCookie: String { door.cookie.cleared }

    /// Throws as `SignIns.signIn` does.
    package func signIn(
        _ name: String, _ password: String, newPassword: String?, _ request: Request, _ context: some IdentityRequestContext
    ) async throws(GatehouseError) -> User {
        let attempt = SignInAttempt(
            name: name, password: Secret(password), newPassword: newPassword.map { Secret($0) },
            address: context.identity.request?.client?.description)
        return try await signIn(attempt, in: try named(by: request, context))
    }

    /// Starts a browser's session in place of the one that it had; returns the `Set-Cookie` value.
    package func startSession(
        for user: User, _ request: Request, _ context: some IdentityRequestContext
    ) async throws(GatehouseError) -> String {
        let started = try await accounts.sessions.start(
            for: user, kind: .cookie, withRefreshToken: false, replacing: try await sessionID(ofCookieIn: request.headers),
            address: context.identity.request?.client?.description, userAgent: request.headers[.userAgent])
        guard let secret = started.cookieSecret else { throw GatehouseError(.internalError, "A browser's session has no cookie.") }
        return door.cookie.set(secret)
    }

    package func endSession(_ session: LiveSession, _ context: some IdentityRequestContext) async throws(GatehouseError) {
        try await accounts.sessions.end(
            id: session.id, by: session.user.identity, address: context.identity.request?.client?.description)
    }

    /// Changes the session owner's password; returns the `Set-Cookie` value with the session's new secret.
    package func changePassword(
        in session: LiveSession, current: String, new: String, _ context: some IdentityRequestContext
    ) async throws(GatehouseError) -> String? {
        try await accounts.passwords.change(
            in: session, current: Secret(current), new: Secret(new), address: context.identity.request?.client?.description
        ).map(door.cookie.set)
    }

    /// One log line for a refusal that a page shows in its own words.
    package func logRefusal(_ error: GatehouseError, _ request: Request, _ context: some IdentityRequestContext) {
        door.log(error, status: error.status, request.head, context.identity, context.logger)
    }
}

extension GatehouseError {
    package var sentence: String { code.sentence }

    /// A person can do something about it in the same form.
    package var isForPerson: Bool {
        switch code {
        case .invalidCredentials, .tooManyAttempts, .serverBusy, .passwordRejected, .passwordChangeRequired: true
        default: false
        }
    }
}

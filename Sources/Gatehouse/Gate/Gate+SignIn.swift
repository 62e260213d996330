import GatehouseAccounts
import GatehouseCore
import Hummingbird

extension Gate {
    /// The tenant that a request names by host or header; throws `forbidden` where they differ.
    func named(by request: Request, _ context: some IdentityRequestContext) throws(GatehouseError) -> Tenant.ID? {
        guard let canonical = context.identity.request else { return nil }
        return try door.tenants.named(by: canonical, request.headers)
    }

    /// The user whose name and password these are; throws as `SignIns.signIn` does, and `forbidden` for one who is no member of the tenant.
    func signIn(_ attempt: SignInAttempt, in tenant: Tenant.ID?) async throws(GatehouseError) -> User {
        let user = try await door.authenticator.passwords.signIn(attempt)
        guard let tenant, tenant != user.tenant else { return user }
        do throws(GatehouseError) {
            _ = try await door.authenticator.account(user.id, in: tenant)
        } catch {
            door.audit.record(
                AuditEvent(
                    "sign_in", .denied, at: settings.clock.now(), actor: user.identity, subject: user.id, tenant: tenant, address: attempt.address,
                    code: error.code))
            throw error
        }
        return user
    }

    /// A new pair of tokens for a refresh token, in the tenant that the request names.
    ///
    /// The token is spent only once the session's person is known to be a member of it.
    func refresh(
        _ token: Secret<String>, _ request: Request, _ context: some IdentityRequestContext
    ) async throws(GatehouseError) -> SignInAnswer {
        let tenant = try named(by: request, context)
        let authenticator = door.authenticator
        let refreshed = try await accounts.sessions.refresh(
            token, address: context.identity.request?.client?.description
        ) { (session) async throws(GatehouseError) in _ = try await authenticator.principal(of: session, in: tenant) }
        return SignInAnswer(try await issue(for: refreshed.session, in: tenant), refreshToken: refreshed.refreshToken)
    }

    /// An access token for the session's person in a tenant, or in the session's own.
    func issue(for session: LiveSession, in tenant: Tenant.ID?) async throws(GatehouseError) -> AccessTokens.Issued {
        let principal = try await door.authenticator.principal(of: session, in: tenant)
        return try tokens.issue(TokenGrant(principal, session: session), lifetime: settings.accessTokenLifetime)
    }
}

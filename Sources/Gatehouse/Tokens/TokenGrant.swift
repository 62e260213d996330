import GatehouseAccounts
import GatehouseCore

/// Whom a token of ours is for: a principal with the rights of now, and the session that it belongs to, if it does.
struct TokenGrant: Sendable {
    let principal: Principal
    let session: LiveSession?
    /// No token may live longer; `nil` for a credential without an end.
    let end: Timestamp?

    /// - Parameter end: when the credential ends that the token is made for, if sooner than the session.
    init(_ principal: Principal, session: LiveSession?, until end: Timestamp? = nil) {
        self.principal = principal
        self.session = session
        self.end = [end, session?.absoluteEnd, principal.expiresAt].compactMap { $0 }.min()
    }
}

extension Authenticator {
    /// What may be granted to whoever presented the credential of `principal`: its rights as they stand now; `nil` where it is gone.
    func grant(for principal: Principal) async throws(GatehouseError) -> TokenGrant? {
        guard let id = principal.sessionID else {
            return try await renewed(principal).map { TokenGrant($0, session: nil) }
        }
        guard let session = try await liveSession(id), session.user.id == principal.id else { return nil }
        guard let rights = try await rights(of: session, in: principal.tenant) else { return nil }
        return grant(for: principal, session, rights)
    }

    /// The same as far as memory tells: in the tenant of a session that is known.
    func knownGrant(for principal: Principal) -> TokenGrant? {
        guard let id = principal.sessionID, let session = accounts.sessions.cached(id: id), session.user.id == principal.id,
            principal.tenant == session.tenant
        else { return nil }
        return grant(for: principal, session, (session.roles, session.permissions))
    }

    private func grant(
        for principal: Principal, _ session: LiveSession, _ rights: (roles: Set<Role>, permissions: Set<Permission>)
    ) -> TokenGrant {
        let roles = principal.scopes == nil ? rights.roles : rights.roles.intersection(principal.roles)
        return TokenGrant(
            principal.granted(roles, rights.permissions, scopes: principal.scopes, ownerRoles: rights.roles), session: session)
    }

    /// `nil` where the session's person is no member of the tenant.
    private func rights(of session: LiveSession, in tenant: Tenant.ID) async throws(GatehouseError) -> (
        roles: Set<Role>, permissions: Set<Permission>
    )? {
        if tenant == session.tenant { return (session.roles, session.permissions) }
        guard let account = try await liveAccount(session.user.id, in: tenant) else { return nil }
        return (account.rights.roles, account.rights.permissions)
    }
}

import GatehouseAccounts
import GatehouseCore
import GatehouseTokens

/// What can be said of a credential from memory, without suspending. `nil` means no more than that somebody has to be asked.
extension Authenticator {
    func known(_ presented: PresentedCredential, from client: IPAddress?, in named: Tenant.ID?) throws(GatehouseError) -> Caller? {
        switch presented {
        case .cookie(let secret): known(cookie: secret, in: named)
        case .apiKey(let text): try known(apiKey: text, from: client, in: named)
        case .bearer(let text) where APIKeyText.isLikely(text): try known(apiKey: text, from: client, in: named)
        case .bearer(let text): try known(token: text, in: named)
        case .none, .basic, .proxy, .custom: nil
        }
    }

    private func known(cookie secret: String, in named: Tenant.ID?) -> Caller? {
        guard let session = accounts.sessions.cached(cookieSecret: secret), named == nil || named == session.tenant else { return nil }
        return Caller(session.principal, session: session, isActivity: true, usesCookie: true)
    }

    private func known(apiKey text: String, from client: IPAddress?, in named: Tenant.ID?) throws(GatehouseError) -> Caller? {
        if let caller = try caller(fixedKey: text, from: client, in: named) { return caller }
        return try accounts.apiKeys.cached(text).map { key throws(GatehouseError) in try caller(key, from: client, in: named) }
    }

    /// One SHA-256 serves our own cache and that of the issuers.
    private func known(token text: String, in named: Tenant.ID?) throws(GatehouseError) -> Caller? {
        let digest = SHA256Digest(hashing: text)
        if let token = try tokens.verifyCached(digest) { return try known(token, digest, in: named) }
        guard let identity = try foreign?.verifyCached(text, digest: digest) else { return nil }
        return try known(identity, in: named)
    }

    /// In the session's own tenant; elsewhere the rights there have to be looked up.
    private func known(_ token: VerifiedToken, _ digest: SHA256Digest, in named: Tenant.ID?) throws(GatehouseError) -> Caller? {
        guard let session = token.sid.flatMap({ accounts.sessions.cached(id: $0) }), session.user.id == token.subject else { return nil }
        if let principal = session.principal(ofToken: digest) {
            try principal.tenant.requireNamed(named, of: principal)
            return Caller(principal, session: session)
        }
        let claims = try OwnClaims(token)
        guard claims.tenant ?? session.tenant == session.tenant else { return nil }
        try session.tenant.requireNamed(named, of: session.principal)
        let principal = token.principal(claims, acting: session.principal, of: session)
        session.keep(principal, ofToken: digest)
        return Caller(principal, session: session)
    }

    private func known(_ identity: ForeignIdentity, in named: Tenant.ID?) throws(GatehouseError) -> Caller? {
        let tenant = try identity.tenant(named: named)
        let rights = accounts.roles.cachedPermissions(of: identity.roles, in: tenant, allowingSystem: identity.explicitRoles)
        return rights.map { Caller(foreign: identity.principal(in: tenant, with: $0)) }
    }
}

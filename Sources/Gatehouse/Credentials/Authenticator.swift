import GatehouseAccounts
import GatehouseCore
import GatehouseTokens
import HTTPTypes

/// Turns a presented credential into a caller, or refuses it.
///
/// It only looks: that a key was used or that somebody is there is written elsewhere, once the request is allowed. (Failed passwords
/// are the exception; counting them belongs to checking them.) What is cached is answered without suspending.
final class Authenticator: Sendable {
    let accounts: Accounts
    let tokens: AccessTokens
    let foreign: ForeignTokens?
    let fixedKeys: FixedKeys
    let passwords: PasswordSignIns
    let proxyHeader: ProxyHeader?
    let custom: CustomCredential?
    let apiKeyLookup: APIKeyLookup?
    let clock: WallClock

    /// Throws `configuration_invalid` for issuers, keys or fields that cannot work.
    init(accounts: Accounts, tokens: AccessTokens, settings: GateSettings) throws(GatehouseError) {
        try settings.proxyHeader?.validate()
        try settings.credential?.validate()
        self.accounts = accounts
        self.tokens = tokens
        foreign =
            settings.issuers.isEmpty
            ? nil
            : try ForeignTokens(
                settings.issuers, ownIssuer: tokens.issuerName,
                takenIDs: Set([FixedKey.provider, ExternalIdentity.provider] + [settings.proxyHeader?.provider].compactMap { $0 }),
                fetch: settings.keySetFetch, clock: settings.clock, cache: VerifiedTokenCache(), keySets: settings.keySets,
                report: KeySetReports(logger: settings.logger).hear)
        fixedKeys = try FixedKeys(settings.fixedKeys)
        passwords = PasswordSignIns(accounts: accounts, check: settings.passwordCheck)
        proxyHeader = settings.proxyHeader
        custom = settings.credential
        apiKeyLookup = settings.apiKeyLookup
        clock = settings.clock
    }

    /// `nil` where the cookie names no session that is alive: for us the person is simply not signed in.
    func caller(cookie secret: String, in named: Tenant.ID?) async throws(GatehouseError) -> Caller? {
        guard let session = try await accounts.sessions.find(cookieSecret: secret) else { return nil }
        return Caller(try await principal(of: session, in: named), session: session, isActivity: true, usesCookie: true)
    }

    /// A bearer is a key, a token of an issuer that is known, or a token of ours.
    func caller(bearer text: String, _ request: CanonicalRequest, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        if let caller = try await caller(ownKey: text, from: request.client, in: named) { return caller }
        if let foreign, foreign.accepts(text) { return try await caller(try await foreign.verify(text), in: named) }
        if apiKeyLookup != nil, text.utf8.count(where: { $0 == UInt8(ascii: ".") }) != 2 {
            return try await caller(applicationKey: text, request, in: named)
        }
        return try await caller(token: try tokens.verify(text), in: named)
    }

    // MARK: - Sessions

    /// The session's person in the tenant that is named; throws `forbidden` where they are no member of it.
    func principal(of session: LiveSession, in named: Tenant.ID?) async throws(GatehouseError) -> Principal {
        guard let named, named != session.tenant else { return session.principal }
        let account = try await account(session.user.id, in: named)
        let whole = session.principal
        return Principal(
            id: whole.id, username: whole.username, name: whole.name, email: whole.email, tenant: named, roles: account.rights.roles,
            permissions: account.rights.permissions, sessionID: session.id, credential: .session, authenticatedAt: whole.authenticatedAt,
            expiresAt: whole.expiresAt)
    }

    /// The account as it acts in a tenant, or in its own; throws `forbidden` where it may not act there.
    func account(_ user: String, in tenant: Tenant.ID?) async throws(GatehouseError) -> LiveAccount {
        guard let account = try await liveAccount(user, in: tenant) else {
            throw GatehouseError(.forbidden, "The account is disabled, or no member of the tenant\(tenant.map { " “\($0)”" } ?? "").")
        }
        return account
    }

    func liveAccount(_ user: String, in tenant: Tenant.ID?) async throws(GatehouseError) -> LiveAccount? {
        if let tenant, let account = accounts.people.cached(user: user, in: tenant) { return account }
        return try await accounts.people.find(user: user, in: tenant)
    }

    func liveSession(_ id: String) async throws(GatehouseError) -> LiveSession? {
        if let session = accounts.sessions.cached(id: id) { return session }
        return try await accounts.sessions.find(id: id)
    }

    // MARK: - Tokens of ours

    /// Throws `invalid_token` for a token that stands on something that is gone.
    private func caller(token: VerifiedToken, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        guard let id = token.sid else { return try await caller(sessionless: token, in: named) }
        guard let session = try await liveSession(id), session.user.id == token.subject else {
            throw GatehouseError(.invalidToken, "The session that the token belongs to has ended.")
        }
        let claims = try OwnClaims(token)
        let tenant = claims.tenant ?? session.tenant
        try tenant.requireNamed(named)
        return Caller(token.principal(claims, acting: try await principal(of: session, in: tenant), of: session), session: session)
    }

    private func caller(sessionless token: VerifiedToken, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        guard let stated = try OwnClaims(token).statedPrincipal, let principal = try await renewed(stated) else {
            throw GatehouseError(.invalidToken, "The token names no session, or the credential that it was made for is gone.")
        }
        try principal.tenant.requireNamed(named)
        return Caller(principal)
    }
}

extension VerifiedToken {
    /// The session's person with no more than the token says.
    func principal(_ claims: OwnClaims, acting whole: Principal, of session: LiveSession) -> Principal {
        let rights = claims.scopes.map { scopes in
            (roles: whole.roles.intersection(claims.roles), permissions: whole.permissions.narrowed(to: scopes))
        }
        return Principal(
            id: whole.id, username: whole.username, name: whole.name, email: whole.email, tenant: whole.tenant, roles: rights?.roles ?? whole.roles,
            permissions: rights?.permissions ?? whole.permissions, scopes: claims.scopes, sessionID: session.id, credential: .accessToken,
            authenticatedAt: whole.authenticatedAt, expiresAt: expiresAt, claims: self.claims,
            isDelegated: clientID == AccessTokens.delegatedClient, ownerRoles: whole.roles, ownerPermissions: whole.permissions)
    }
}

import GatehouseAccounts
package import GatehouseCore
import GatehouseTokens
import Synchronization

/// Issues and verifies Gatehouse's own access tokens (RFC 9068).
package final class AccessTokens: Sendable {
    /// A token and how long it lives.
    package struct Issued: Sendable {
        package let token: String
        /// In seconds, as `expires_in` of RFC 6749 section 5.1.
        package let expiresIn: Int64
    }

    /// `client_id` of tokens that were handed to a supervised UI.
    static let delegatedClient = "gatehouse-ui"
    /// `client_id` of all others.
    static let ownClient = "gatehouse"

    let issuerName: String
    /// The audience of tokens for our own API.
    let audience: String
    private let base: String
    private let settings: GateSettings
    private let cache = VerifiedTokenCache(maximumEntries: 10_000, maximumBytes: 16 << 20)
    private let current: Mutex<Current>

    /// What is made from the keys of one moment.
    private final class Current: Sendable {
        /// `nil` where no key is left to sign with.
        let issuer: TokenIssuer?
        let verifier: TokenVerifier
        /// Verifies everything but the time, for a sign-out with a token that has run out.
        let timeless: TokenVerifier
        let publicKeys: [UInt8]

        init(issuer: TokenIssuer?, verifier: TokenVerifier, timeless: TokenVerifier, publicKeys: [UInt8]) {
            self.issuer = issuer
            self.verifier = verifier
            self.timeless = timeless
            self.publicKeys = publicKeys
        }
    }

    /// - Parameter base: what audiences start with: the public URL, or a name of its own on loopback.
    /// Throws `keys_unavailable` where there is no key to sign with.
    init(keys: KeyRing, issuerName: String, base: String, settings: GateSettings) throws(GatehouseError) {
        self.issuerName = issuerName
        self.base = base
        audience = settings.audience ?? base + settings.apiMount
        self.settings = settings
        guard keys.signingKey != nil else { throw Self.noKey }
        current = Mutex(Self.make(keys, issuerName, audience, settings, cache))
    }

    private var latest: Current { current.withLock { $0 } }

    private static let noKey = GatehouseError(.keysUnavailable, "There is no key to sign tokens with.")

    /// Puts other keys in place of those of now, as after a rotation; `false` where they are the same.
    func reload(_ keys: KeyRing) -> Bool {
        current.withLock { current in
            guard !current.verifier.keys.isSame(as: keys) else { return false }
            current = Self.make(keys, issuerName, audience, settings, cache)
            return true
        }
    }

    /// Whether there is a key to sign with.
    var canSign: Bool { latest.issuer != nil }

    private static func make(
        _ keys: KeyRing, _ issuerName: String, _ audience: String, _ settings: GateSettings, _ cache: VerifiedTokenCache
    ) -> Current {
        var rules = ClaimRules(issuer: issuerName, audience: [audience])
        rules.leeway = settings.leeway
        rules.requiresTokenID = true
        let verifier = TokenVerifier(keys: keys, rules: rules, clock: settings.clock, cache: cache)
        rules.leeway = .seconds(400 * 24 * 3600)
        return Current(
            issuer: keys.signingKey.map { TokenIssuer(key: $0, clock: settings.clock, random: settings.random) }, verifier: verifier,
            timeless: TokenVerifier(keys: keys, rules: rules, clock: settings.clock), publicKeys: keys.publicKeys.json())
    }

    /// An access token of the session's owner for our own API; it never outlives the session.
    package func issue(for session: LiveSession) throws(GatehouseError) -> Issued {
        try issue(TokenGrant(session.principal, session: session), lifetime: settings.accessTokenLifetime)
    }

    /// An access token for our own API, with no later end than the grant's.
    func issue(_ grant: TokenGrant, lifetime: Duration, extra: [String: ClaimValue] = [:]) throws(GatehouseError) -> Issued {
        let now = settings.clock.now()
        return try issue(grant, audience: audience, client: Self.ownClient, now: now, end: min(grant.end ?? now + lifetime, now + lifetime), extra)
    }

    /// A token for an upstream, with no later end than the grant's.
    func issue(_ grant: TokenGrant, for audience: Gate.Audience) throws(GatehouseError) -> Issued {
        let now = settings.clock.now()
        let soon = min(grant.end ?? now + settings.accessTokenLifetime, now + settings.accessTokenLifetime)
        switch audience {
        case .supervisedUI:
            // Without a session nothing but its end takes such a token back from whoever has it.
            let end = grant.session == nil ? soon : grant.end ?? soon
            return try issue(grant, audience: self.audience, client: Self.delegatedClient, now: now, end: end)
        case .upstream(let path):
            // Under the API's own path it would be a token for our API, which no upstream gets whole.
            let client = base + path == self.audience ? Self.delegatedClient : Self.ownClient
            return try issue(grant, audience: base + path, client: client, now: now, end: soon)
        }
    }

    private func issue(
        _ grant: TokenGrant, audience: String, client: String, now: Timestamp, end: Timestamp, _ extra: [String: ClaimValue] = [:]
    ) throws(GatehouseError) -> Issued {
        let principal = grant.principal
        var claims = TokenClaims(issuer: issuerName, subject: principal.id, audience: [audience], expiresAt: end)
        claims.issuedAt = now
        claims.sessionID = grant.session?.id
        claims.clientID = client
        claims.tenant = principal.tenant
        claims.roles = principal.roles
        claims.scopes = principal.scopes
        claims.extra = extra
        if grant.session == nil { claims.extra[OwnClaims.credential] = OwnClaims.credential(of: principal) }
        guard let issuer = latest.issuer else { throw Self.noKey }
        let token = try issuer.issue(claims: claims)
        return Issued(token: token, expiresIn: max(0, (end - now).components.seconds))
    }

    /// Throws `invalid_token`. Says nothing of the session, which is looked up at every use.
    func verify(_ token: String) throws(GatehouseError) -> VerifiedToken { try latest.verifier.verify(token) }

    /// The token of ours with that digest, if it was verified lately. Throws as `verify`.
    func verifyCached(_ digest: SHA256Digest) throws(GatehouseError) -> VerifiedToken? {
        try latest.verifier.verifyCached(digest)
    }

    /// The session that a token of ours names, even if the token has run out; `nil` for one made for a UI, which must not end it.
    func session(of token: String) throws(GatehouseError) -> String? {
        let verified = try latest.timeless.verify(token)
        return verified.clientID == Self.delegatedClient ? nil : verified.sid
    }

    /// How long others may keep the public key set: no key signs before whoever looked at the last moment looks again.
    var publicKeysAge: Int64 { max(0, min(300, settings.accounts.signing.publishDelay.components.seconds / 2)) }

    /// The public key set (RFC 7517 section 5), as JSON.
    var publicKeys: [UInt8] { latest.publicKeys }
}

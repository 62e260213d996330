public import GatehouseCore

/// Takes the bearer tokens of other issuers: finds the issuer by `iss`, checks with its keys and rules, and says whom they speak for.
public final class ForeignTokens: Sendable {
    private let entries: [String: [IssuerEntry]]
    private let sets: [RemoteKeySet]
    private let realm: IssuerEntry.Realm
    private let maximumBytes: Int
    private let cache: VerifiedTokenCache?
    private let clock: WallClock

    /// - Parameters:
    ///   - ownIssuer: what our own tokens say in `iss`.
    ///   - clientIDs: how we are known to providers that people sign in with: the audience of their ID tokens.
    ///   - takenIDs: what no issuer's `id` may be, beside `local`.
    ///   - fetch: how key sets are fetched; an issuer with a URL needs it.
    ///   - cache: may be shared with others of its kind.
    ///   - report: hears how a key set stands after every fetch.
    ///
    /// Throws `configuration_invalid` with the remedy for settings that would take wrong tokens or none.
    public init(
        _ issuers: [ForeignIssuer], ownIssuer: String, clientIDs: Set<String> = [], takenIDs: Set<String> = [], fetch: KeySetFetch?,
        clock: WallClock = .system, cache: VerifiedTokenCache? = nil, keySets settings: KeySetSettings = KeySetSettings(),
        report: @escaping @Sendable (KeySetStatus) -> Void = { _ in }
    ) throws(GatehouseError) {
        try IssuerCheck(ownIssuer: ownIssuer, clientIDs: clientIDs, takenIDs: takenIDs)(issuers)
        let realm = IssuerEntry.Realm()
        var sets: [String: RemoteKeySet] = [:]
        var entries: [String: [IssuerEntry]] = [:]
        for issuer in issuers {
            let keys: IssuerEntry.Keys
            switch issuer.keys {
            case .fixed(let ring): keys = .fixed(ring)
            case .remote(let url):
                guard let fetch else {
                    throw GatehouseError(.configurationInvalid, "The issuer \(issuer.issuer) has a key set URL, and nothing to fetch it with.")
                }
                let set: RemoteKeySet
                if let known = sets[url] {
                    set = known
                } else {
                    set = try RemoteKeySet(url: url, settings: settings, clock: clock, report: report, fetch: fetch)
                }
                sets[url] = set
                keys = .remote(set)
            }
            entries[issuer.issuer, default: []].append(IssuerEntry(issuer, keys, realm, clock: clock))
        }
        self.entries = entries
        self.sets = sets.values.sorted { $0.url < $1.url }
        self.realm = realm
        self.cache = cache
        self.clock = clock
        maximumBytes = issuers.map(\.maximumBytes).max() ?? 0
    }

    /// Whether a token says that it is of one of the issuers; nothing about it has been checked. About 1.5 µs; `false` for
    /// anything that cannot be read.
    public func accepts(_ token: String) -> Bool {
        guard !entries.isEmpty, let unverified = UnverifiedToken(token, maximumBytes: maximumBytes) else { return false }
        return unverified.issuer.map { entries[$0] != nil } ?? false
    }

    /// Whom a token speaks for.
    ///
    /// Throws `invalid_token` whatever is wrong with the token, `keys_unavailable` with `retryAfter` where its issuer's keys were never to be
    /// had or are too old. A token that was verified lately costs one SHA-256 of its text and does not suspend.
    public func verify(_ token: String) async throws(GatehouseError) -> ForeignIdentity {
        guard token.utf8.count <= maximumBytes else { throw GatehouseError(.invalidToken, "The token is too long.") }
        let digest = SHA256Digest(hashing: token)
        if let known = try cached(digest) { return known }
        let (entry, header) = try entry(for: token)
        let verifier = try await entry.verifier(for: header)
        // The keys may only have had to be asked for again.
        if let known = try cached(digest) { return known }
        let verified = try verifier.verify(token)
        let now = clock.now()
        let identity = try entry.identity(of: verified, at: now)
        cache?.insert(verified, digest, verifiedWith: verifier.keys.fingerprint, at: now, meaning: identity)
        return identity
    }

    /// Whom a token speaks for, if it was verified lately and its issuer's keys are at hand; never suspends. Throws `invalid_token` when it
    /// has expired since.
    ///
    /// - Parameter digest: the SHA-256 of the token's text, where it has been taken already.
    public func verifyCached(_ token: String, digest: SHA256Digest? = nil) throws(GatehouseError) -> ForeignIdentity? {
        guard cache != nil, token.utf8.count <= maximumBytes else { return nil }
        return try cached(digest ?? SHA256Digest(hashing: token))
    }

    /// How the remote key sets stand.
    public var keySets: [KeySetStatus] { sets.map(\.status) }

    /// Fetches the remote key sets now, and then whenever they are needed, so that no request does. Returns when it is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for set in sets { group.addTask { await set.run() } }
        }
    }

    private func cached(_ digest: SHA256Digest) throws(GatehouseError) -> ForeignIdentity? {
        guard let (identity, keys) = cache?.meaning(of: digest), identity.source.realm === realm,
            let verifier = identity.source.current, verifier.keys.fingerprint == keys
        else { return nil }
        try verifier.recheck(identity.token, at: clock.now())
        return identity
    }

    /// The entry that a token is to be checked with, before any key is looked at.
    private func entry(for token: String) throws(GatehouseError) -> (IssuerEntry, JWSHeader) {
        guard let unverified = UnverifiedToken(token, maximumBytes: maximumBytes), let issuer = unverified.issuer else {
            throw GatehouseError(.invalidToken, "The token is no signed token, or names no issuer.")
        }
        guard let candidates = entries[issuer] else {
            throw GatehouseError(.invalidToken, "The token's “iss” is none of the issuers that are taken.")
        }
        let header = try unverified.readHeader()
        if candidates.count == 1 { return (candidates[0], header) }
        let meant = candidates.filter { $0.isMeant(by: unverified) }
        guard meant.count == 1 else {
            throw GatehouseError(.invalidToken, "The token's audience and tenant are \(meant.isEmpty ? "none" : "several") of its issuer's.")
        }
        return (meant[0], header)
    }
}

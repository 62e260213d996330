import GatehouseCore
import Synchronization

/// One issuer, ready for use.
final class IssuerEntry: Sendable {
    enum Keys: Sendable {
        case fixed(KeyRing)
        case remote(RemoteKeySet)
    }

    let issuer: ForeignIssuer
    /// Whose entry it is, for a cache that several share.
    let realm: Realm
    private let keys: Keys
    private let algorithms: AlgorithmSet
    private let rules: ClaimRules
    private let clock: WallClock
    /// Of the keys that were asked for last.
    private let latest: Mutex<TokenVerifier?>

    /// Nothing but itself.
    final class Realm: Sendable {}

    init(_ issuer: ForeignIssuer, _ keys: Keys, _ realm: Realm, clock: WallClock) {
        self.issuer = issuer
        self.keys = keys
        self.realm = realm
        self.clock = clock
        var rules = ClaimRules.foreign(issuer: issuer.issuer, audience: issuer.audience, algorithms: issuer.algorithms)
        rules.types = issuer.types
        rules.allowsMissingType = issuer.allowsMissingType
        rules.leeway = issuer.leeway
        rules.maximumBytes = issuer.maximumBytes
        self.rules = rules
        let all = issuer.algorithms ?? Set(SigningAlgorithm.allCases)
        if case .remote = keys { algorithms = AlgorithmSet(all.filter { !$0.isSymmetric }) } else { algorithms = AlgorithmSet(all) }
        latest = Mutex(nil)
    }

    /// The verifier with the keys of now; `nil` where they would have to be waited for.
    var current: TokenVerifier? {
        switch keys {
        case .fixed(let ring): verifier(with: ring)
        case .remote(let set): set.current.map(verifier)
        }
    }

    /// The verifier with the keys that a token of this header takes. Throws `keys_unavailable`, and `invalid_token` for an algorithm
    /// that is not the issuer's, for whose sake nothing is fetched.
    func verifier(for header: JWSHeader) async throws(GatehouseError) -> TokenVerifier {
        guard algorithms.contains(header.algorithm) else {
            throw GatehouseError(.invalidToken, "The token's “alg” is not allowed for this issuer.")
        }
        switch keys {
        case .fixed(let ring): return verifier(with: ring)
        case .remote(let set): return verifier(with: try await set.ring(for: header.kid))
        }
    }

    private func verifier(with ring: KeyRing) -> TokenVerifier {
        latest.withLock { latest in
            if let latest, latest.keys.fingerprint == ring.fingerprint { return latest }
            let verifier = TokenVerifier(keys: ring, rules: rules, clock: clock)
            latest = verifier
            return verifier
        }
    }

    /// Whether a token of the issuer is for this of its entries.
    func isMeant(by token: UnverifiedToken) -> Bool {
        guard !issuer.audience.isDisjoint(with: token.audience) else { return false }
        guard let claim = issuer.mapping.tenantClaim else { return true }
        return token.document.root.element(named: claim)?.string == issuer.tenant?.rawValue
    }

    /// Whom a good token speaks for. Throws `invalid_token` where the tenant cannot be told, or is another than the issuer's, and for a
    /// subject of more than 255 bytes (OpenID Connect Core section 2) or with control characters.
    func identity(of token: VerifiedToken, at now: Timestamp) throws(GatehouseError) -> ForeignIdentity {
        guard let subject = token.subject, subject.utf8.count <= 255,
            !subject.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw GatehouseError(.invalidToken, "The token's “sub” has more than 255 bytes, or control characters.") }
        return ForeignIdentity(token, tenant: try tenant(of: token), source: self, at: now)
    }

    private func tenant(of token: VerifiedToken) throws(GatehouseError) -> Tenant.ID? {
        guard let claim = issuer.mapping.tenantClaim else { return issuer.tenant }
        guard let name = token.document.root.element(named: claim)?.string, let tenant = try? Tenant.ID(validating: name) else {
            throw GatehouseError(.invalidToken, "The token names no tenant.")
        }
        guard issuer.tenant == nil || issuer.tenant == tenant else {
            throw GatehouseError(.invalidToken, "The token names another tenant than its issuer's.")
        }
        return tenant
    }
}

import GatehouseCore
import GatehouseTokens

/// Ours: signature and every claim rule of an access token.
struct Gatehouse: Contender {
    private let verifier: TokenVerifier
    private let token: String

    init(_ sample: Sample) throws { try self.init(sample, cache: nil) }

    init(_ sample: Sample, cache: VerifiedTokenCache?) throws {
        token = sample.token
        verifier = TokenVerifier(
            keys: try KeyRing([sample.key.verificationKey]), rules: ClaimRules(issuer: Sample.issuer, audience: [Sample.audience]),
            cache: cache)
    }

    func accepted(of count: Int) throws -> Int {
        var accepted = 0
        for _ in 0..<count where try verifier.verify(token).expiresAt != nil { accepted += 1 }
        return accepted
    }
}

/// Ours with the cache of verified tokens: only the claim rules, from the second time on.
struct GatehouseCached: Contender {
    private let gatehouse: Gatehouse

    init(_ sample: Sample) throws { gatehouse = try Gatehouse(sample, cache: VerifiedTokenCache()) }

    func accepted(of count: Int) throws -> Int { try gatehouse.accepted(of: count) }
}

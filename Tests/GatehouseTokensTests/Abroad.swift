import GatehouseCore
import GatehouseTokens
import Testing

/// A foreign issuer whose keys are the forger's, HS256 `h` and ES256 `e`.
struct Abroad {
    let forger = Forger()

    func issuer(_ change: (inout ForeignIssuer) -> Void = { _ in }) throws -> ForeignIssuer {
        var issuer = ForeignIssuer(issuer: Forger.issuer, audience: [Forger.audience], keys: .fixed(try forger.keys()), id: "corp")
        change(&issuer)
        return issuer
    }

    func tokens(
        _ issuers: [ForeignIssuer], clientIDs: Set<String> = [], fetch: KeySetFetch? = nil, clock: WallClock = Forger.clock,
        cache: VerifiedTokenCache? = VerifiedTokenCache()
    ) throws -> ForeignTokens {
        try ForeignTokens(
            issuers, ownIssuer: "https://own.example", clientIDs: clientIDs, takenIDs: ["config", "proxy"], fetch: fetch, clock: clock, cache: cache)
    }

    func tokens(_ change: (inout ForeignIssuer) -> Void = { _ in }) throws -> ForeignTokens { try tokens([issuer(change)]) }

    /// Refused with `invalid_token`, the second time as the first.
    func expectRefusal(
        _ token: String, _ tokens: ForeignTokens, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        for _ in 0..<2 {
            let error = await #expect(throws: GatehouseError.self, comment, sourceLocation: sourceLocation) {
                _ = try await tokens.verify(token)
            }
            #expect(error?.code == .invalidToken, comment, sourceLocation: sourceLocation)
        }
    }

    func expectRefusal(
        header: String = #"{"alg":"HS256","kid":"h","typ":"at+jwt"}"#, payload: String = Forger.payload,
        _ change: (inout ForeignIssuer) -> Void = { _ in }, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await expectRefusal(
            forger.hmac(header, payload), try tokens(change), "\(header.prefix(200)) \(payload.prefix(200))", sourceLocation: sourceLocation)
    }
}

/// Ways to set issuers up wrong, and a word of the remedy.
enum IssuerFault: CaseIterable {
    case ownIssuer, noIssuer, twice, twiceOneTenant, sharedAudience, claimOnOneOnly, clientID, clientIDAsJWT, noAudience, emptyAudience, shortSecret,
        plainURL
    case secretWithURL, noKeys, noAlgorithm, local, takenID, emptyID, prefixID, sameID, noTypes, longLeeway, negativeLeeway, hugeTokens, noFetch

    var remedy: String {
        switch self {
        case .ownIssuer: "take it out"
        case .noIssuer: "“iss”"
        case .twice, .twiceOneTenant: "a tenant of its own"
        case .sharedAudience, .claimOnOneOnly: "an audience of its own"
        case .clientID, .clientIDAsJWT: "at+jwt"
        case .noAudience, .emptyAudience: "“aud”"
        case .shortSecret: "32, 48 or 64 bytes"
        case .plainURL: "use https"
        case .secretWithURL: "take HS256 out"
        case .noKeys: "give a secret"
        case .noAlgorithm: "RS256"
        case .local, .takenID, .emptyID, .prefixID, .sameID: "choose another id"
        case .noTypes: "at+jwt"
        case .longLeeway, .negativeLeeway: "10 minutes"
        case .hugeTokens: "64 KiB"
        case .noFetch: "nothing to fetch it with"
        }
    }

    func issuers(_ abroad: Abroad) throws -> [ForeignIssuer] {
        func one(_ change: (inout ForeignIssuer) -> Void) throws -> [ForeignIssuer] { [try abroad.issuer(change)] }
        func two(_ first: (inout ForeignIssuer) -> Void, _ second: (inout ForeignIssuer) -> Void) throws -> [ForeignIssuer] {
            try one(first) + one(second)
        }
        let none = try KeyRing([])
        let secret = try KeyRing([VerificationKey(hmac: Secret([UInt8](repeating: 1, count: 32)))])
        switch self {
        case .ownIssuer: return try one { $0.issuer = "https://own.example" }
        case .noIssuer: return try one { $0.issuer = "" }
        case .twice: return try two({ $0.tenant = "a" }, { $0.audience = ["b"] })
        case .twiceOneTenant:
            return try two(
                { $0.tenant = "a" },
                {
                    $0.tenant = "a"; $0.audience = ["b"]
                })
        case .sharedAudience:
            return try two(
                { $0.tenant = "a" },
                {
                    $0.tenant = "b"; $0.audience = ["b", Forger.audience]
                })
        case .claimOnOneOnly:
            return try two(
                {
                    $0.tenant = "a"; $0.mapping.tenantClaim = "tid"
                }, { $0.tenant = "b" })
        case .clientID: return try one { $0.audience = ["gatehouse", "orders"] }
        case .clientIDAsJWT:
            return try one {
                $0.audience = ["gatehouse"]; $0.types = ["application/JWT"]; $0.allowsMissingType = false
            }
        case .noAudience: return try one { $0.audience = [] }
        case .emptyAudience: return try one { $0.audience = ["", "orders"] }
        case .shortSecret:
            return try one {
                $0.keys = .fixed(secret); $0.algorithms = [.HS512]
            }
        case .plainURL: return try one { $0.keys = .remote(url: "http://login.example/keys") }
        case .secretWithURL:
            return try one {
                $0.keys = .remote(url: "https://login.example/keys"); $0.algorithms = [.HS256, .RS256]
            }
        case .noKeys: return try one { $0.keys = .fixed(none) }
        case .noAlgorithm: return try one { $0.algorithms = [] }
        case .local: return try one { $0.id = "local" }
        case .takenID: return try one { $0.id = "config" }
        case .emptyID: return try one { $0.id = "" }
        case .prefixID:
            return try two(
                { $0.id = "https://x" },
                {
                    $0.issuer = "https://b.example"; $0.id = "https://x:8443"
                })
        case .sameID:
            return try two(
                { $0.id = "x" },
                {
                    $0.issuer = "https://b.example"; $0.id = "x"
                })
        case .noTypes: return try one { $0.types = [] }
        case .longLeeway: return try one { $0.leeway = .seconds(601) }
        case .negativeLeeway: return try one { $0.leeway = .seconds(-1) }
        case .hugeTokens: return try one { $0.maximumBytes = 100_000 }
        case .noFetch: return try one { $0.keys = .remote(url: "https://login.example/keys") }
        }
    }
}

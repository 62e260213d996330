import Crypto
import CryptoExtras
import Foundation
import GatehouseCore
import GatehouseTokens

/// Verifying a token against the bare signature check of swift-crypto, and against the cache: medians of interleaved rounds.
///
/// The bare check begins with message and signature as bytes and ends with yes or no. `--once` is a smoke test.
@main struct JOSEBenchmark {
    struct Subject {
        let algorithm: SigningAlgorithm
        let bare: () throws -> Bool
        let verify: () throws -> Bool
        let hit: () throws -> Bool
        let issue: () throws -> Bool
    }

    static func main() throws {
        let isSmokeTest = CommandLine.arguments.contains("--once")
        let (rounds, budget) = isSmokeTest ? (1, 1_000_000.0) : (9, 100_000_000.0)
        print(
            row(
                "algorithm",
                ["bare µs", "verify µs", "above µs", "hit µs", "issue µs", "bare allocs", "verify allocs", "above", "hit allocs"]))
        for algorithm in [SigningAlgorithm.HS256, .RS256, .PS256, .ES256, .EdDSA] {
            let subject = try subject(algorithm)
            guard try subject.bare(), try subject.verify(), try subject.hit() else { throw Failure() }
            var bare: [Cost] = []
            var verify: [Cost] = []
            var hit: [Cost] = []
            var issue: [Cost] = []
            for _ in 0..<rounds {
                bare.append(try measure(budget, subject.bare))
                verify.append(try measure(budget, subject.verify))
                hit.append(try measure(budget, subject.hit))
                issue.append(try measure(budget / 4, subject.issue))
            }
            report(algorithm, median(bare), median(verify), median(hit), median(issue))
        }
    }

    struct Failure: Error {}

    /// As many runs as take about `nanoseconds`.
    private static func measure(_ nanoseconds: Double, _ body: () throws -> Bool) throws -> Cost {
        let probe = try Meter.measure(20) { guard try body() else { throw Failure() } }
        let count = max(20, Int((nanoseconds / 1000 / max(probe.microseconds, 0.01)).rounded()))
        return try Meter.measure(count) { guard try body() else { throw Failure() } }
    }

    private static func median(_ costs: [Cost]) -> Cost {
        let sorted = costs.sorted { $0.microseconds < $1.microseconds }
        return sorted[sorted.count / 2]
    }

    private static func report(_ algorithm: SigningAlgorithm, _ bare: Cost, _ verify: Cost, _ hit: Cost, _ issue: Cost) {
        func micro(_ value: Double) -> String { String(format: "%.2f", value) }
        func count(_ value: Double?) -> String { value.map { String(format: "%.1f", $0) } ?? "–" }
        let above = verify.allocations.flatMap { total in bare.allocations.map { total - $0 } }
        print(
            row(
                algorithm.rawValue,
                [
                    micro(bare.microseconds), micro(verify.microseconds), micro(verify.microseconds - bare.microseconds),
                    micro(hit.microseconds), micro(issue.microseconds), count(bare.allocations), count(verify.allocations), count(above),
                    count(hit.allocations),
                ]))
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        ([name.padding(toLength: 10, withPad: " ", startingAt: 0)] + cells.map { String(repeating: " ", count: max(1, 14 - $0.count)) + $0 })
            .joined()
    }

    // MARK: What is measured

    private static func subject(_ algorithm: SigningAlgorithm) throws -> Subject {
        let key = try SigningKey.generate(algorithm)
        let issuer = TokenIssuer(key: key)
        let claims = typicalClaims()
        let token = try issuer.issue(claims: claims)
        let keys = try KeyRing(signing: key)
        let rules = ClaimRules(issuer: claims.issuer, audience: Set(claims.audience))
        let verifier = TokenVerifier(keys: keys, rules: rules)
        let caching = TokenVerifier(keys: keys, rules: rules, cache: VerifiedTokenCache())
        return Subject(
            algorithm: algorithm, bare: try bareCheck(key, token), verify: { try verifier.verify(token).expiresAt != nil },
            hit: { try caching.verify(token).expiresAt != nil }, issue: { try !issuer.issue(claims: claims).isEmpty })
    }

    /// Twelve claims, as an access token has them.
    private static func typicalClaims() -> TokenClaims {
        var claims = TokenClaims(
            issuer: "https://gate.example.com", subject: "0b9d3f0e-8b7c-4c57-9b51-0a3c0f6d9f11", audience: ["https://api.example.com"],
            expiresAt: WallClock.system.now() + .seconds(3600))
        claims.sessionID = "5e1f0c8a-52b7-4c0e-a9d4-6a1f1a9d3b20"
        claims.clientID = "gatehouse"
        claims.tenant = "default"
        claims.scopes = ["orders.read", "orders.write"]
        claims.roles = ["editor", "viewer"]
        claims.extra = ["email": "ada@example.com", "name": "Ada Lovelace"]
        return claims
    }

    /// The same check with the library alone, its key prepared as ours is.
    private static func bareCheck(_ key: SigningKey, _ token: String) throws -> () throws -> Bool {
        let parts = token.split(separator: ".")
        let message = Array(parts.dropLast().joined(separator: ".").utf8)
        guard let text = parts.last, let signature = Base64URL.decode(String(text)) else { throw Failure() }
        return try key.privateBytes().expose { bytes in
            switch key.algorithm {
            case .HS256:
                let secret = SymmetricKey(data: bytes)
                return { HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message, using: secret) }
            case .ES256:
                let key = try P256.Signing.PrivateKey(rawRepresentation: bytes).publicKey
                return { key.isValidSignature(try P256.Signing.ECDSASignature(rawRepresentation: signature), for: message) }
            case .EdDSA:
                let key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes).publicKey
                return { key.isValidSignature(signature, for: message) }
            default:
                let padding: _RSA.Signing.Padding = key.algorithm == .PS256 ? .PSS : .insecurePKCS1v1_5
                let key = try _RSA.Signing.PrivateKey(derRepresentation: bytes).publicKey
                return { key.isValidSignature(.init(rawRepresentation: signature), for: SHA256.hash(data: message), padding: padding) }
            }
        }
    }
}

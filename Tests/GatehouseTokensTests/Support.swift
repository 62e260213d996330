import Crypto
import Foundation
import GatehouseCore
import GatehouseTokens
import Testing

/// Repeatable randomness for property tests.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// One key an algorithm, made once: RSA is slow to make.
enum TestKeys {
    static let byAlgorithm: Result<[SigningAlgorithm: SigningKey], any Error> = Result {
        let rsa = try SigningKey.generate(.RS256)
        var keys: [SigningAlgorithm: SigningKey] = [:]
        for algorithm in SigningAlgorithm.allCases {
            switch algorithm {
            case .RS256, .RS384, .RS512, .PS256, .PS384, .PS512:
                keys[algorithm] = try SigningKey(algorithm: algorithm, privateBytes: rsa.privateBytes())
            default: keys[algorithm] = try SigningKey.generate(algorithm)
            }
        }
        return keys
    }

    static func key(_ algorithm: SigningAlgorithm) throws -> SigningKey {
        try #require(try byAlgorithm.get()[algorithm])
    }
}

/// Tokens that an honest issuer would not make: any header, any payload, and still a good HS256 or ES256 signature.
struct Forger {
    static let issuer = "https://gate.example"
    static let audience = "orders"
    static let now: Int64 = 1_800_000_000
    static let clock = WallClock { Timestamp(seconds: now) }

    let secret = [UInt8](repeating: 7, count: 32)
    let privateKey = P256.Signing.PrivateKey()

    static let payload =
        #"{"iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600,"iat":1800000000,"jti":"t1"}"#

    /// The payload with members replaced or added; a `nil` takes one out.
    static func payload(_ changes: [String: String?]) -> String {
        var members = [
            "iss": #""https://gate.example""#, "sub": #""ada""#, "aud": #""orders""#, "exp": "1800000600", "iat": "1800000000",
            "jti": #""t1""#,
        ]
        for (name, value) in changes { members[name] = value }
        return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    static func segments(_ header: String, _ payload: String) -> String {
        Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
    }

    func hmac(_ header: String = #"{"alg":"HS256","kid":"h","typ":"at+jwt"}"#, _ payload: String = Forger.payload) -> String {
        let input = Self.segments(header, payload)
        let mac = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: SymmetricKey(data: secret))
        return input + "." + Base64URL.encode(Array(mac))
    }

    func ecdsa(_ header: String = #"{"alg":"ES256","kid":"e","typ":"at+jwt"}"#, _ payload: String = Forger.payload) throws -> String {
        let input = Self.segments(header, payload)
        return input + "." + Base64URL.encode([UInt8](try privateKey.signature(for: Array(input.utf8)).rawRepresentation))
    }

    func keys() throws -> KeyRing {
        let point = [UInt8](privateKey.publicKey.rawRepresentation)
        let jwk = JWK(.ellipticCurve(.p256, x: Array(point[..<32]), y: Array(point[32...])), kid: "e", algorithm: .ES256)
        return try KeyRing([
            VerificationKey(hmac: Secret(secret), algorithm: .HS256, kid: "h"), VerificationKey(jwk),
        ])
    }

    static var rules: ClaimRules { ClaimRules(issuer: issuer, audience: [audience]) }

    func verifier(_ rules: ClaimRules = Forger.rules, cache: VerifiedTokenCache? = nil) throws -> TokenVerifier {
        TokenVerifier(keys: try keys(), rules: rules, clock: Self.clock, cache: cache)
    }
}

/// Expects the refusal that every bad token gets.
func expectInvalidToken(
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: GatehouseError.self, comment, sourceLocation: sourceLocation) { try body() }
    #expect(error?.code == .invalidToken, comment, sourceLocation: sourceLocation)
}

func expectInvalidKey(
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: GatehouseError.self, comment, sourceLocation: sourceLocation) { try body() }
    #expect(error?.code == .invalidKey, comment, sourceLocation: sourceLocation)
}

/// Files beside the tests.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    static let project = folder.deletingLastPathComponent().deletingLastPathComponent()

    static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }
}

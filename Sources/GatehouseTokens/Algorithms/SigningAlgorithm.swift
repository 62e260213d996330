/// How a JWS is signed: the names of RFC 7518 section 3.1 and RFC 8037 that Gatehouse takes. `none` is not among them.
public enum SigningAlgorithm: String, Sendable, Hashable, CaseIterable, Codable {
    case HS256, HS384, HS512
    case RS256, RS384, RS512
    case PS256, PS384, PS512
    case ES256, ES384, ES512
    /// Ed25519 (RFC 8037); Ed448 is refused.
    case EdDSA

    /// Which keys it takes.
    enum Family: Sendable { case hmac, rsa, p256, p384, p521, ed25519 }

    var family: Family {
        switch self {
        case .HS256, .HS384, .HS512: .hmac
        case .RS256, .RS384, .RS512, .PS256, .PS384, .PS512: .rsa
        case .ES256: .p256
        case .ES384: .p384
        case .ES512: .p521
        case .EdDSA: .ed25519
        }
    }

    /// The least length of an HMAC secret in bytes: that of the hash (RFC 7518 section 3.2).
    var hashLength: Int {
        switch self {
        case .HS256, .RS256, .PS256, .ES256: 32
        case .HS384, .RS384, .PS384, .ES384: 48
        case .HS512, .RS512, .PS512, .ES512, .EdDSA: 64
        }
    }

    /// Whether signer and verifier share one secret.
    public var isSymmetric: Bool { family == .hmac }
}

/// A set of algorithms in one word.
struct AlgorithmSet: Sendable, Hashable {
    private var bits: UInt16 = 0

    init(_ algorithms: some Sequence<SigningAlgorithm>) {
        for algorithm in algorithms { bits |= Self.bit(algorithm) }
    }

    /// All that a key of the family can do.
    init(_ family: SigningAlgorithm.Family) {
        self.init(SigningAlgorithm.allCases.filter { $0.family == family })
    }

    static let all = AlgorithmSet(SigningAlgorithm.allCases)

    func contains(_ algorithm: SigningAlgorithm) -> Bool { bits & Self.bit(algorithm) != 0 }

    var isEmpty: Bool { bits == 0 }

    var members: [SigningAlgorithm] { SigningAlgorithm.allCases.filter(contains) }

    private static func bit(_ algorithm: SigningAlgorithm) -> UInt16 {
        switch algorithm {
        case .HS256: 1 << 0
        case .HS384: 1 << 1
        case .HS512: 1 << 2
        case .RS256: 1 << 3
        case .RS384: 1 << 4
        case .RS512: 1 << 5
        case .PS256: 1 << 6
        case .PS384: 1 << 7
        case .PS512: 1 << 8
        case .ES256: 1 << 9
        case .ES384: 1 << 10
        case .ES512: 1 << 11
        case .EdDSA: 1 << 12
        }
    }
}

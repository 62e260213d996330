import Crypto
public import GatehouseCore

/// A public key as JSON (RFC 7517). It has no private members: they can neither be held nor written.
public struct JWK: Sendable, Hashable {
    public enum Curve: String, Sendable, Hashable, CaseIterable {
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"

        /// The length of one coordinate in bytes.
        var coordinateLength: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }
    }

    /// The numbers of the key, big-endian.
    public enum Material: Sendable, Hashable {
        case rsa(modulus: [UInt8], exponent: [UInt8])
        case ellipticCurve(Curve, x: [UInt8], y: [UInt8])
        case ed25519([UInt8])
    }

    public var material: Material
    public var kid: String?
    /// The only algorithm that the key may be used with; without it, all that its kind can do.
    public var algorithm: SigningAlgorithm?
    /// `sig`, where it is said.
    public var use: String?
    public var keyOperations: [String]?

    public init(
        _ material: Material, kid: String? = nil, algorithm: SigningAlgorithm? = nil, use: String? = nil, keyOperations: [String]? = nil
    ) {
        self.material = material
        self.kid = kid
        self.algorithm = algorithm
        self.use = use
        self.keyOperations = keyOperations
    }

    /// Reads a public key for signatures. Throws `invalid_key` for malformed JSON, a private or secret key, a key that is not
    /// meant to verify, and kinds, curves and algorithms that Gatehouse does not take.
    public init(json: [UInt8]) throws(GatehouseError) {
        try self.init(StrictJSON(json, refusingWith: .invalidKey).root)
    }

    init(_ json: StrictJSON.Element) throws(GatehouseError) {
        for name in ["d", "k", "p", "q", "dp", "dq", "qi", "oth"] where json[name] != nil {
            throw GatehouseError(.invalidKey, "A JWK to verify with holds the private member “\(name)”; give the public half only.")
        }
        try self.init(publicHalfOf: json)
    }

    /// Reads the public members and leaves private ones alone.
    init(publicHalfOf json: StrictJSON.Element) throws(GatehouseError) {
        let fields = try JWKFields(json)
        let material: Material
        switch try fields.text("kty") {
        case "RSA":
            material = .rsa(modulus: try fields.bytes("n").trimmingLeadingZeros, exponent: try fields.bytes("e").trimmingLeadingZeros)
        case "EC": material = try fields.point()
        case "OKP":
            guard try fields.text("crv") == "Ed25519" else { throw fields.refusal("has a curve other than Ed25519") }
            material = .ed25519(try fields.bytes("x"))
        default: throw fields.refusal("has a “kty” other than RSA, EC and OKP")
        }
        self.init(
            material, kid: try fields.optionalText("kid"), algorithm: try fields.algorithm(), use: try fields.optionalText("use"),
            keyOperations: try fields.operations())
    }

    /// The JWK as compact JSON, public members only.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, text) in requiredMembers { writer.member(name, text) }
        writer.member("kid", kid)
        writer.member("alg", algorithm?.rawValue)
        writer.member("use", use)
        if let keyOperations { writer.member("key_ops", keyOperations) }
        writer.endObject()
    }

    /// The RFC 7638 thumbprint with SHA-256, in base64url: the same for the same key wherever it is computed.
    public var thumbprint: String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, text) in requiredMembers { writer.member(name, text) }
        writer.endObject()
        return Base64URL.encode(SHA256Digest(hashing: writer.bytes).bytes)
    }

    /// The members that RFC 7638 hashes, in its order.
    private var requiredMembers: [(String, String)] {
        switch material {
        case .rsa(let modulus, let exponent):
            [("e", Base64URL.encode(exponent)), ("kty", "RSA"), ("n", Base64URL.encode(modulus))]
        case .ellipticCurve(let curve, let x, let y):
            [("crv", curve.rawValue), ("kty", "EC"), ("x", Base64URL.encode(x)), ("y", Base64URL.encode(y))]
        case .ed25519(let x):
            [("crv", "Ed25519"), ("kty", "OKP"), ("x", Base64URL.encode(x))]
        }
    }
}

extension [UInt8] {
    /// Some issuers write a sign byte before a modulus, against RFC 7518 section 2; the number is the same.
    var trimmingLeadingZeros: [UInt8] { Array(drop { $0 == 0 }) }
}

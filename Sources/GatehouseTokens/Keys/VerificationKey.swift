import Crypto
import CryptoExtras
public import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A key that signatures are checked with, prepared once when it is loaded.
///
/// It fixes which algorithms it answers to; a token's header can only choose among them.
public struct VerificationKey: Sendable {
    enum Material: Sendable {
        case hmac(PreparedHMAC)
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// The name that a token's header asks for it by. A key without one can only be alone in a key ring and answers to any name.
    public let kid: String?
    let permitted: AlgorithmSet
    let material: Material
    /// A digest of all that matters about the key, so that a change of keys is seen.
    let fingerprint: SHA256Digest
    /// The key as JSON; `nil` for an HMAC secret, which is never published.
    public let publicJWK: JWK?

    /// The algorithms that the key answers to.
    public var algorithms: [SigningAlgorithm] { permitted.members }

    /// An HMAC secret. Throws `invalid_key` when it is shorter than the algorithm's hash (32, 48, 64 bytes; RFC 7518 section 3.2).
    public init(hmac secret: Secret<[UInt8]>, algorithm: SigningAlgorithm = .HS256, kid: String? = nil) throws(GatehouseError) {
        try self.init(secret: secret, algorithms: [algorithm], kid: kid)
    }

    init(secret: Secret<[UInt8]>, algorithms: [SigningAlgorithm], kid: String?) throws(GatehouseError) {
        let length = secret.expose { $0.count }
        for algorithm in algorithms {
            guard algorithm.isSymmetric else { throw GatehouseError(.invalidKey, "\(algorithm) takes a public key, not a secret.") }
            guard length >= algorithm.hashLength else {
                throw GatehouseError(
                    .invalidKey, "The secret for \(algorithm) has \(length) bytes; give at least \(algorithm.hashLength) random bytes.")
            }
        }
        self.kid = kid
        permitted = AlgorithmSet(algorithms)
        material = .hmac(secret.expose { PreparedHMAC($0) })
        publicJWK = nil
        fingerprint = Self.fingerprint(kid, permitted, secret.expose { SHA256Digest(hashing: $0).bytes })
    }

    /// A public key. Throws `invalid_key` for a point off its curve or of small order, RSA below 2048 or above 8192 bits or with
    /// an exponent below 65537, an algorithm that the key cannot do, and a key that is not meant to verify signatures.
    public init(_ jwk: JWK) throws(GatehouseError) {
        guard jwk.use == nil || jwk.use == "sig", jwk.keyOperations?.contains("verify") ?? true else {
            throw GatehouseError(.invalidKey, "The key is not meant to verify signatures; look at its “use” and “key_ops”.")
        }
        try self.init(jwk, allowing: jwk.algorithm.map { [$0] })
    }

    /// A public key in PEM: `PUBLIC KEY` (X.509 SubjectPublicKeyInfo) or `RSA PUBLIC KEY`. Without `algorithms` it answers to all
    /// that its kind can do. Throws `invalid_key` as for a JWK.
    public init(pem: String, algorithms: [SigningAlgorithm]? = nil, kid: String? = nil) throws(GatehouseError) {
        var jwk = JWK(try PublicKeyPEM.material(of: pem))
        jwk.kid = kid
        try self.init(jwk, allowing: algorithms)
    }

    private init(_ jwk: JWK, allowing algorithms: [SigningAlgorithm]?) throws(GatehouseError) {
        let (material, family) = try PublicKeyMaterial.load(jwk.material)
        for algorithm in algorithms ?? [] where algorithm.family != family {
            throw GatehouseError(.invalidKey, "The key cannot be used with \(algorithm).")
        }
        guard algorithms?.isEmpty != true else { throw GatehouseError(.invalidKey, "The key answers to no algorithm.") }
        kid = jwk.kid
        permitted = algorithms.map(AlgorithmSet.init) ?? AlgorithmSet(family)
        self.material = material
        publicJWK = jwk
        fingerprint = Self.fingerprint(jwk.kid, permitted, Array(jwk.thumbprint.utf8))
    }

    private static func fingerprint(_ kid: String?, _ algorithms: AlgorithmSet, _ material: [UInt8]) -> SHA256Digest {
        var writer = JSONWriter()
        writer.beginArray()
        writer.string(Base64URL.encode(material))
        for algorithm in algorithms.members { writer.string(algorithm.rawValue) }
        if let kid { writer.string("kid:" + kid) }
        writer.endArray()
        return SHA256Digest(hashing: writer.bytes)
    }
}

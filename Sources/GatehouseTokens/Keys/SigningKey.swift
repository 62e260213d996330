import Crypto
import CryptoExtras
public import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A key that tokens are signed with, for one algorithm.
///
/// Its `kid` is the RFC 7638 thumbprint unless another is given.
public struct SigningKey: Sendable {
    enum Material: Sendable {
        case hmac(Secret<[UInt8]>, PreparedHMAC)
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
        case p521(P521.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    public let algorithm: SigningAlgorithm
    /// What the header of its tokens says, and its name in the published key set.
    public let kid: String
    /// The other half, for a key ring.
    public let verificationKey: VerificationKey
    let material: Material

    /// The public half as JSON; `nil` for HMAC.
    public var publicJWK: JWK? { verificationKey.publicJWK }

    init(_ material: Material, algorithm: SigningAlgorithm, kid: String?) throws(GatehouseError) {
        guard material.family == algorithm.family else {
            throw GatehouseError(.invalidKey, "The key cannot sign with \(algorithm); it is of another kind.")
        }
        self.material = material
        self.algorithm = algorithm
        if case .hmac(let secret, _) = material {
            let kid = kid ?? Self.thumbprint(ofSecret: secret)
            self.kid = kid
            verificationKey = try VerificationKey(hmac: secret, algorithm: algorithm, kid: kid)
        } else {
            guard let numbers = material.publicNumbers else { throw GatehouseError(.invalidKey, "The key's public half cannot be read.") }
            var jwk = JWK(numbers, algorithm: algorithm, use: "sig")
            jwk.kid = kid ?? jwk.thumbprint
            self.kid = kid ?? jwk.thumbprint
            verificationKey = try VerificationKey(jwk)
        }
    }

    /// RFC 7638 for a symmetric key; it tells no more about the secret than any token signed with it.
    private static func thumbprint(ofSecret secret: Secret<[UInt8]>) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("k", secret.expose { Base64URL.encode($0) })
        writer.member("kty", "oct")
        writer.endObject()
        return Base64URL.encode(SHA256Digest(hashing: writer.bytes).bytes)
    }

    /// A new random key: RSA with 2048 bits, HMAC with as many bytes as its hash. RSA costs up to a second.
    public static func generate(_ algorithm: SigningAlgorithm, kid: String? = nil) throws(GatehouseError) -> SigningKey {
        try SigningKey(try newMaterial(algorithm), algorithm: algorithm, kid: kid)
    }

    private static func newMaterial(_ algorithm: SigningAlgorithm) throws(GatehouseError) -> Material {
        switch algorithm.family {
        case .hmac: return Material(secret: RandomSource.system.bytes(algorithm.hashLength))
        case .p256: return .p256(P256.Signing.PrivateKey())
        case .p384: return .p384(P384.Signing.PrivateKey())
        case .p521: return .p521(P521.Signing.PrivateKey())
        case .ed25519: return .ed25519(Curve25519.Signing.PrivateKey())
        case .rsa:
            do {
                return .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            } catch {
                throw GatehouseError(.internalError, "No RSA key could be made.", cause: error)
            }
        }
    }

    /// The signature of `message` as a JWS carries it; throws `internal_error` when the library cannot sign.
    func signature(for message: [UInt8]) throws(GatehouseError) -> [UInt8] {
        do {
            switch material {
            case .hmac(_, let key): return key.code(for: message, algorithm)
            case .rsa(let key): return try rsaSignature(for: message, key)
            case .p256(let key): return [UInt8](try key.signature(for: message).rawRepresentation)
            case .p384(let key): return [UInt8](try key.signature(for: message).rawRepresentation)
            case .p521(let key): return [UInt8](try key.signature(for: message).rawRepresentation)
            case .ed25519(let key): return [UInt8](try key.signature(for: message))
            }
        } catch {
            throw GatehouseError(.internalError, "A token could not be signed with \(algorithm).", cause: error)
        }
    }

    private func rsaSignature(for message: [UInt8], _ key: _RSA.Signing.PrivateKey) throws -> [UInt8] {
        let padding: _RSA.Signing.Padding
        switch algorithm {
        case .PS256, .PS384, .PS512: padding = .PSS
        default: padding = .insecurePKCS1v1_5
        }
        switch algorithm.hashLength {
        case 48: return [UInt8](try key.signature(for: SHA384.hash(data: message), padding: padding).rawRepresentation)
        case 64: return [UInt8](try key.signature(for: SHA512.hash(data: message), padding: padding).rawRepresentation)
        default: return [UInt8](try key.signature(for: SHA256.hash(data: message), padding: padding).rawRepresentation)
        }
    }
}

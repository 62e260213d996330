import Crypto
import CryptoExtras
public import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SigningKey.Material {
    init(secret: [UInt8]) { self = .hmac(Secret(secret), PreparedHMAC(secret)) }

    var family: SigningAlgorithm.Family {
        switch self {
        case .hmac: .hmac
        case .rsa: .rsa
        case .p256: .p256
        case .p384: .p384
        case .p521: .p521
        case .ed25519: .ed25519
        }
    }

    /// The public half; `nil` for a secret.
    var publicNumbers: JWK.Material? {
        switch self {
        case .hmac: nil
        case .rsa(let key): JWK.Material(key.publicKey)
        case .p256(let key): JWK.Material(key.publicKey)
        case .p384(let key): JWK.Material(key.publicKey)
        case .p521(let key): JWK.Material(key.publicKey)
        case .ed25519(let key): JWK.Material(key.publicKey)
        }
    }
}

/// The private half as bytes, to be sealed and stored.
extension SigningKey {
    /// RSA: PKCS #8 DER; elliptic curves: the private number; Ed25519: the seed; HMAC: the secret.
    public func privateBytes() -> Secret<[UInt8]> {
        switch material {
        case .hmac(let secret, _): secret
        case .rsa(let key): Secret([UInt8](key.pkcs8DERRepresentation))
        case .p256(let key): Secret([UInt8](key.rawRepresentation))
        case .p384(let key): Secret([UInt8](key.rawRepresentation))
        case .p521(let key): Secret([UInt8](key.rawRepresentation))
        case .ed25519(let key): Secret([UInt8](key.rawRepresentation))
        }
    }

    /// A key from what `privateBytes()` gave. Throws `invalid_key` when the bytes are none for the algorithm.
    public init(algorithm: SigningAlgorithm, privateBytes: Secret<[UInt8]>, kid: String? = nil) throws(GatehouseError) {
        let material: Material
        do {
            material = try privateBytes.expose { try Material(algorithm.family, $0) }
        } catch {
            throw GatehouseError(.invalidKey, "The private bytes are no key for \(algorithm).", cause: error)
        }
        try self.init(material, algorithm: algorithm, kid: kid)
    }

    /// A key of one's own in PEM: PKCS #8, SEC 1 or PKCS #1, not encrypted. Throws `invalid_key` when it does not fit `algorithm`.
    public init(pem: Secret<String>, algorithm: SigningAlgorithm, kid: String? = nil) throws(GatehouseError) {
        guard pem.expose({ !$0.contains("ENCRYPTED") }) else {
            throw GatehouseError(.invalidKey, "The private key is encrypted; decrypt it with: openssl pkey -in key.pem")
        }
        let material: Material
        do {
            material = try pem.expose { try Material(algorithm.family, pem: $0) }
        } catch {
            throw GatehouseError(
                .invalidKey, "The PEM holds no private key for \(algorithm) (PKCS #8, SEC 1 or PKCS #1).", cause: error)
        }
        try self.init(material, algorithm: algorithm, kid: kid)
    }
}

extension SigningKey.Material {
    struct NotThisKind: Error {}

    fileprivate init(_ family: SigningAlgorithm.Family, _ bytes: [UInt8]) throws {
        switch family {
        case .hmac: self.init(secret: bytes)
        case .rsa: self = .rsa(try _RSA.Signing.PrivateKey(derRepresentation: bytes))
        case .p256: self = .p256(try P256.Signing.PrivateKey(rawRepresentation: bytes))
        case .p384: self = .p384(try P384.Signing.PrivateKey(rawRepresentation: bytes))
        case .p521: self = .p521(try P521.Signing.PrivateKey(rawRepresentation: bytes))
        case .ed25519: self = .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: bytes))
        }
    }

    fileprivate init(_ family: SigningAlgorithm.Family, pem: String) throws {
        switch family {
        case .hmac: throw NotThisKind()
        case .rsa: self = .rsa(try _RSA.Signing.PrivateKey(pemRepresentation: pem))
        case .p256: self = .p256(try P256.Signing.PrivateKey(pemRepresentation: pem))
        case .p384: self = .p384(try P384.Signing.PrivateKey(pemRepresentation: pem))
        case .p521: self = .p521(try P521.Signing.PrivateKey(pemRepresentation: pem))
        case .ed25519: self = .ed25519(try Curve25519.Signing.PrivateKey(pemRepresentation: pem))
        }
    }
}

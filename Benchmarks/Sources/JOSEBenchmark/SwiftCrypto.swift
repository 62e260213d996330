import Crypto
import CryptoExtras
import GatehouseCore
import GatehouseTokens

/// The bare check that the others are held against: from the bytes of message and signature to yes or no, with a prepared key.
struct SwiftCrypto: Contender {
    private enum Key: Sendable {
        case hmac(SymmetricKey)
        case rsa(_RSA.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    private let key: Key
    private let message: [UInt8]
    private let signature: [UInt8]

    init(_ sample: Sample) throws {
        message = sample.message
        signature = sample.signature
        switch sample.key.publicJWK?.material {
        case nil: key = .hmac(SymmetricKey(data: sample.secret))
        case .rsa(let modulus, let exponent): key = .rsa(try _RSA.Signing.PublicKey(n: modulus, e: exponent))
        case .ellipticCurve(_, let x, let y): key = .p256(try P256.Signing.PublicKey(rawRepresentation: x + y))
        case .ed25519(let bytes): key = .ed25519(try Curve25519.Signing.PublicKey(rawRepresentation: bytes))
        }
    }

    func accepted(of count: Int) throws -> Int {
        var accepted = 0
        switch key {
        case .hmac(let key):
            for _ in 0..<count where HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: message, using: key) {
                accepted += 1
            }
        case .rsa(let key):
            for _ in 0..<count {
                let value = _RSA.Signing.RSASignature(rawRepresentation: signature)
                if key.isValidSignature(value, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5) { accepted += 1 }
            }
        case .p256(let key):
            for _ in 0..<count {
                let value = try P256.Signing.ECDSASignature(rawRepresentation: signature)
                if key.isValidSignature(value, for: message) { accepted += 1 }
            }
        case .ed25519(let key):
            for _ in 0..<count where key.isValidSignature(signature, for: message) { accepted += 1 }
        }
        return accepted
    }
}

import Crypto
import CryptoExtras

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension VerificationKey {
    /// Whether `signature` is this key's for `message`; `false` for an algorithm that the key does not answer to.
    func isValidSignature(_ signature: [UInt8], for message: ArraySlice<UInt8>, algorithm: SigningAlgorithm) -> Bool {
        guard permitted.contains(algorithm) else { return false }
        switch material {
        case .hmac(let key): return key.isValid(signature, for: message, algorithm)
        case .rsa(let key): return Self.isValidRSA(signature, for: message, key, algorithm)
        case .p256(let key):
            guard signature.count == 64, let value = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(value, for: message)
        case .p384(let key):
            guard signature.count == 96, let value = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(value, for: message)
        case .p521(let key):
            guard signature.count == 132, let value = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(value, for: message)
        case .ed25519(let key): return signature.count == 64 && key.isValidSignature(signature, for: message)
        }
    }

    private static func isValidRSA(
        _ signature: [UInt8], for message: ArraySlice<UInt8>, _ key: _RSA.Signing.PublicKey, _ algorithm: SigningAlgorithm
    ) -> Bool {
        let value = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch algorithm {
        case .RS256: key.isValidSignature(value, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        case .RS384: key.isValidSignature(value, for: SHA384.hash(data: message), padding: .insecurePKCS1v1_5)
        case .RS512: key.isValidSignature(value, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
        case .PS256: key.isValidSignature(value, for: SHA256.hash(data: message), padding: .PSS)
        case .PS384: key.isValidSignature(value, for: SHA384.hash(data: message), padding: .PSS)
        case .PS512: key.isValidSignature(value, for: SHA512.hash(data: message), padding: .PSS)
        default: false
        }
    }
}

import Crypto
import CryptoExtras
import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Turns the numbers of a public key into a prepared key, or refuses them with `invalid_key`.
enum PublicKeyMaterial {
    static func load(_ material: JWK.Material) throws(GatehouseError) -> (VerificationKey.Material, SigningAlgorithm.Family) {
        switch material {
        case .rsa(let modulus, let exponent): return (.rsa(try rsa(modulus, exponent)), .rsa)
        case .ed25519(let bytes): return (.ed25519(try ed25519(bytes)), .ed25519)
        case .ellipticCurve(let curve, let x, let y):
            guard x.count == curve.coordinateLength, y.count == curve.coordinateLength else {
                throw GatehouseError(.invalidKey, "The coordinates of a \(curve.rawValue) key have a wrong length.")
            }
            return try point(curve, x + y)
        }
    }

    private static func point(
        _ curve: JWK.Curve, _ coordinates: [UInt8]
    ) throws(GatehouseError) -> (VerificationKey.Material, SigningAlgorithm.Family) {
        do {
            switch curve {
            case .p256: return (.p256(try P256.Signing.PublicKey(rawRepresentation: coordinates)), .p256)
            case .p384: return (.p384(try P384.Signing.PublicKey(rawRepresentation: coordinates)), .p384)
            case .p521: return (.p521(try P521.Signing.PublicKey(rawRepresentation: coordinates)), .p521)
            }
        } catch {
            throw GatehouseError(.invalidKey, "The point of a \(curve.rawValue) key is not on the curve.", cause: error)
        }
    }

    private static func ed25519(_ bytes: [UInt8]) throws(GatehouseError) -> Curve25519.Signing.PublicKey {
        guard Edwards25519.isSoundPublicKey(bytes) else {
            throw GatehouseError(.invalidKey, "The Ed25519 key is not a point of the curve, or one of small order.")
        }
        do {
            return try Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        } catch {
            throw GatehouseError(.invalidKey, "The Ed25519 key cannot be read.", cause: error)
        }
    }

    static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) throws(GatehouseError) -> _RSA.Signing.PublicKey {
        let (modulus, exponent) = (modulus.trimmingLeadingZeros, exponent.trimmingLeadingZeros)
        try checkRSA(modulus, exponent)
        do {
            return try _RSA.Signing.PublicKey(n: modulus, e: exponent)
        } catch {
            throw GatehouseError(.invalidKey, "The RSA key cannot be read.", cause: error)
        }
    }

    /// The bounds of FIPS 186-5: at least 2048 bits, an odd exponent from 65537 on. 8192 bits at most, so that no fetched key
    /// makes every check slow.
    static func checkRSA(_ modulus: [UInt8], _ exponent: [UInt8]) throws(GatehouseError) {
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard (2048...8192).contains(bits) else {
            throw GatehouseError(.invalidKey, "The RSA key has \(bits) bits; give one of 2048 to 8192 bits.")
        }
        guard (3...4).contains(exponent.count), let last = exponent.last, last & 1 == 1 else {
            throw GatehouseError(.invalidKey, "The RSA key's public exponent must be odd and at least 65537.")
        }
    }
}

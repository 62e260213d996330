import Crypto
import CryptoExtras
import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Public keys in PEM (RFC 7468): which kind it is, the key itself says.
enum PublicKeyPEM {
    static func material(of pem: String) throws(GatehouseError) -> JWK.Material {
        guard !pem.contains("PRIVATE KEY") else {
            throw GatehouseError(.invalidKey, "A key to verify with is given as a private key; give the public half only.")
        }
        guard !pem.contains("BEGIN CERTIFICATE") else {
            throw GatehouseError(.invalidKey, "A certificate is given for a key; take its key with: openssl x509 -pubkey -noout")
        }
        if let key = try? P256.Signing.PublicKey(pemRepresentation: pem) { return .init(key) }
        if let key = try? P384.Signing.PublicKey(pemRepresentation: pem) { return .init(key) }
        if let key = try? P521.Signing.PublicKey(pemRepresentation: pem) { return .init(key) }
        if let key = try? Curve25519.Signing.PublicKey(pemRepresentation: pem) { return .init(key) }
        // The small ones are read too, so that they are refused for their size by name.
        if let key = try? _RSA.Signing.PublicKey(unsafePEMRepresentation: pem), let material = JWK.Material(key) { return material }
        throw GatehouseError(
            .invalidKey, "The PEM holds no public key that Gatehouse takes: RSA, P-256, P-384, P-521 or Ed25519 as “PUBLIC KEY”.")
    }
}

extension JWK.Material {
    init(_ key: P256.Signing.PublicKey) { self = Self.point(.p256, key.rawRepresentation) }
    init(_ key: P384.Signing.PublicKey) { self = Self.point(.p384, key.rawRepresentation) }
    init(_ key: P521.Signing.PublicKey) { self = Self.point(.p521, key.rawRepresentation) }
    init(_ key: Curve25519.Signing.PublicKey) { self = .ed25519([UInt8](key.rawRepresentation)) }

    init?(_ key: _RSA.Signing.PublicKey) {
        guard let numbers = try? key.getKeyPrimitives() else { return nil }
        self = .rsa(
            modulus: [UInt8](numbers.modulus).trimmingLeadingZeros, exponent: [UInt8](numbers.publicExponent).trimmingLeadingZeros)
    }

    private static func point(_ curve: JWK.Curve, _ raw: Data) -> JWK.Material {
        let bytes = [UInt8](raw)
        return .ellipticCurve(curve, x: Array(bytes.prefix(curve.coordinateLength)), y: Array(bytes.dropFirst(curve.coordinateLength)))
    }
}

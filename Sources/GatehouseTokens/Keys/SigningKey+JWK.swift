import Crypto
import CryptoExtras
public import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SigningKey {
    /// A key of one's own as a private JWK (RFC 7517). Without `algorithm` the JWK's own “alg” counts, or the only one that its
    /// kind can do. Throws `invalid_key` when members are missing, or when private and public half do not belong together.
    public init(jwk: Secret<String>, algorithm: SigningAlgorithm? = nil, kid: String? = nil) throws(GatehouseError) {
        let json = try jwk.expose { text throws(GatehouseError) in try StrictJSON(Array(text.utf8), refusingWith: .invalidKey).root }
        let fields = try JWKFields(json)
        guard try fields.optionalText("use") ?? "sig" == "sig", try fields.operations()?.contains("sign") ?? true else {
            throw GatehouseError(.invalidKey, "The key is not meant to sign; look at its “use” and “key_ops”.")
        }
        let own = try fields.algorithm()
        guard own == nil || algorithm == nil || own == algorithm else {
            throw GatehouseError(.invalidKey, "The JWK's “alg” is not the algorithm that is set.")
        }
        let material = try Material(fields)
        guard let algorithm = algorithm ?? own ?? material.onlyAlgorithm else {
            throw GatehouseError(.invalidKey, "Say which algorithm the key signs with: the JWK has no “alg”.")
        }
        let ownName = try fields.optionalText("kid")
        try self.init(material, algorithm: algorithm, kid: kid ?? ownName)
    }
}

extension VerificationKey {
    /// A key of a configuration as a JWK: a public key, or an HMAC secret (`oct`) that, without “alg”, answers to every hash that
    /// it is long enough for. Throws `invalid_key` as the other initialisers do.
    public init(jwk: Secret<String>) throws(GatehouseError) {
        let json = try jwk.expose { text throws(GatehouseError) in try StrictJSON(Array(text.utf8), refusingWith: .invalidKey).root }
        guard json["kty"]?.string == "oct" else {
            try self.init(try JWK(json))
            return
        }
        let fields = try JWKFields(json)
        guard try fields.optionalText("use") ?? "sig" == "sig", try fields.operations()?.contains("verify") ?? true else {
            throw GatehouseError(.invalidKey, "The key is not meant to verify signatures; look at its “use” and “key_ops”.")
        }
        let secret = try fields.bytes("k")
        let all: [SigningAlgorithm] = [.HS256, .HS384, .HS512]
        let fitting = all.filter { $0.hashLength <= secret.count }
        let algorithms = try fields.algorithm().map { [$0] } ?? (fitting.isEmpty ? [.HS256] : fitting)
        try self.init(secret: Secret(secret), algorithms: algorithms, kid: try fields.optionalText("kid"))
    }
}

extension SigningKey.Material {
    /// The algorithm of kinds that have but one.
    var onlyAlgorithm: SigningAlgorithm? {
        let all = SigningAlgorithm.allCases.filter { $0.family == family }
        return all.count == 1 ? all.first : nil
    }

    fileprivate init(_ fields: JWKFields) throws(GatehouseError) {
        guard try fields.text("kty") != "oct" else {
            self.init(secret: try fields.bytes("k"))
            return
        }
        let declared = try JWK(publicHalfOf: fields.json).material
        do {
            try self.init(declared, fields)
        } catch {
            throw GatehouseError(.invalidKey, "The private members of the JWK are no key.", cause: error)
        }
        guard publicNumbers == declared else { throw fields.refusal("has a private and a public half that do not belong together") }
    }

    private init(_ declared: JWK.Material, _ fields: JWKFields) throws {
        let secret = try fields.bytes("d")
        switch declared {
        case .rsa(let modulus, let exponent):
            try PublicKeyMaterial.checkRSA(modulus, exponent)
            let (p, q) = (try fields.bytes("p"), try fields.bytes("q"))
            self = .rsa(try _RSA.Signing.PrivateKey(n: modulus, e: exponent, d: secret, p: p, q: q))
        case .ellipticCurve(.p256, _, _): self = .p256(try P256.Signing.PrivateKey(rawRepresentation: secret))
        case .ellipticCurve(.p384, _, _): self = .p384(try P384.Signing.PrivateKey(rawRepresentation: secret))
        case .ellipticCurve(.p521, _, _): self = .p521(try P521.Signing.PrivateKey(rawRepresentation: secret))
        case .ed25519: self = .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: secret))
        }
    }
}

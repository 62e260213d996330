public import GatehouseCore

extension SigningKey {
    /// A key that was made elsewhere, as PEM or as a private JWK; what stands there tells which.
    ///
    /// Without `algorithm` a JWK's own “alg” counts, then what the kind of key is used for: RS256, ES256, ES384, ES512, EdDSA. Without `kid` it
    /// keeps the name that a JWK has, so that tokens which it signed before are still found; else it is the RFC 7638 thumbprint. Throws
    /// `invalid_key` for a public, encrypted or too short key, a secret (`oct`), whose tokens nobody else could check, and a `kid` that is
    /// not 1 to 128 printable ASCII characters.
    public init(importing text: Secret<String>, algorithm: SigningAlgorithm? = nil, kid: String? = nil) throws(GatehouseError) {
        let isJSON = text.expose { $0.first { !$0.isWhitespace } == "{" }
        let key = isJSON ? try Self.read(jwk: text, algorithm, kid) : try Self.read(pem: text, algorithm, kid)
        guard !key.algorithm.isSymmetric else {
            throw GatehouseError(.invalidKey, "A secret cannot be imported to sign with: nobody else could check its tokens. Give a private key.")
        }
        guard (1...128).contains(key.kid.utf8.count), key.kid.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw GatehouseError(.invalidKey, "The key's “kid” is not 1 to 128 printable ASCII characters; give it another.")
        }
        self = key
    }

    private static func read(jwk: Secret<String>, _ algorithm: SigningAlgorithm?, _ kid: String?) throws(GatehouseError) -> SigningKey {
        let own = try jwk.expose { text throws(GatehouseError) in
            let json = try StrictJSON(Array(text.utf8), refusingWith: .invalidKey).root
            return (names: json["alg"] != nil, kind: json["kty"]?.string)
        }
        let usual: SigningAlgorithm? = own.kind == "RSA" && !own.names ? .RS256 : nil
        return try SigningKey(jwk: jwk, algorithm: algorithm ?? usual, kid: kid)
    }

    private static func read(pem: Secret<String>, _ algorithm: SigningAlgorithm?, _ kid: String?) throws(GatehouseError) -> SigningKey {
        if let algorithm { return try SigningKey(pem: pem, algorithm: algorithm, kid: kid) }
        guard pem.expose({ $0.contains("PRIVATE KEY") }) else {
            throw GatehouseError(.invalidKey, "This is no private key, neither in PEM (“BEGIN … PRIVATE KEY”) nor as a JWK.")
        }
        for algorithm in [SigningAlgorithm.ES256, .EdDSA, .RS256, .ES384, .ES512] {
            do throws(GatehouseError) {
                return try SigningKey(pem: pem, algorithm: algorithm, kid: kid)
            } catch {
                // Without a cause the key was read and refused, as a short one is, and the reason matters.
                guard error.cause != nil else { throw error }
            }
        }
        throw GatehouseError(
            .invalidKey, "The PEM holds no private key that Gatehouse takes: RSA of 2048 bits and more, P-256, P-384, P-521 or Ed25519.")
    }
}

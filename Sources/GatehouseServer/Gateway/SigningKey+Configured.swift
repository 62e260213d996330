import Gatehouse

extension SigningKey {
    /// A key of one's own as the settings hold it: PEM, a JWK, or for HMAC the bytes themselves. Throws `invalid_key`.
    init(configured bytes: Secret<[UInt8]>, algorithm: SigningAlgorithm) throws(GatehouseError) {
        let text = bytes.expose { String(validating: $0, as: UTF8.self) }
        let trimmed = text.map { String($0.drop(while: \.isWhitespace)) } ?? ""
        if trimmed.hasPrefix("{") {
            try self.init(jwk: Secret(trimmed), algorithm: algorithm)
        } else if trimmed.hasPrefix("-----BEGIN") {
            try self.init(pem: Secret(trimmed), algorithm: algorithm)
        } else {
            try self.init(algorithm: algorithm, privateBytes: bytes)
        }
    }
}

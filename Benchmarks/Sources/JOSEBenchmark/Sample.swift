import GatehouseCore
import GatehouseTokens

/// One signed access token with the claims of ours, and what a verifier must know about it.
struct Sample: Sendable {
    static let issuer = "https://app.example.com"
    static let audience = "https://app.example.com/api"

    let algorithm: SigningAlgorithm
    let key: SigningKey
    let token: String
    /// What is signed: header, dot, payload.
    let message: [UInt8]
    let signature: [UInt8]

    init(_ algorithm: SigningAlgorithm) throws {
        let key = try SigningKey.generate(algorithm, kid: "2026-11-a")
        let now = WallClock.system.now()
        var claims = TokenClaims(
            issuer: Self.issuer, subject: "0193a5f0-5c1e-7d4b-9f6e-2b8f4f4a9c11", audience: [Self.audience],
            expiresAt: now + .seconds(86_400))
        claims.notBefore = now
        claims.sessionID = "0193a5f0-6a2f-7c3d-8e5f-1a7e3e3b8d00"
        claims.clientID = "orders-web"
        claims.tenant = "default"
        claims.scopes = ["orders.read", "orders.write"]
        claims.roles = ["analyst", "editor"]
        try self.init(key, token: TokenIssuer(key: key).issue(claims: claims))
    }

    private init(_ key: SigningKey, token: String) throws {
        algorithm = key.algorithm
        self.key = key
        self.token = token
        guard let dot = token.lastIndex(of: "."), let signature = Base64URL.decode(String(token[token.index(after: dot)...])) else {
            throw GatehouseError(.internalError, "The sample token has no signature.")
        }
        message = Array(token[..<dot].utf8)
        self.signature = signature
    }

    /// The same with one letter of the payload changed: what every contender must refuse.
    func tampered() throws -> Sample {
        var bytes = Array(token.utf8)
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return self }
        let place = dot + 12
        bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        return try Sample(key, token: String(decoding: bytes, as: UTF8.self))
    }

    /// For a verifier in another process: the token, and the key as a JWK.
    var json: String {
        let jwk = key.publicJWK.map { String(decoding: $0.json(), as: UTF8.self) } ?? #"{"kty":"oct","k":"\#(Base64URL.encode(secret))"}"#
        return #"{"alg":"\#(algorithm)","token":"\#(token)","iss":"\#(Self.issuer)","aud":"\#(Self.audience)","jwk":\#(jwk)}"#
    }

    /// The bytes of an HMAC key.
    var secret: [UInt8] { key.privateBytes().expose { $0 } }
}

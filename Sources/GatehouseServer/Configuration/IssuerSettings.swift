public import GatehouseCore
public import GatehouseTokens

/// Somebody else's tokens: who issues them, how they are checked, what their claims mean here.
public struct IssuerSettings: Sendable {
    public var issuer = ""
    /// The name of the issuer in identities; `nil`: the issuer itself.
    public var id: String?
    public var audience: [String] = []
    public var jwksURL: String?
    /// PEM, a JWK or a key set, as it was given.
    public var publicKey: Secret<[UInt8]>?
    public var hs256Secret: Secret<[UInt8]>?
    public var hs384Secret: Secret<[UInt8]>?
    public var hs512Secret: Secret<[UInt8]>?
    /// `nil`: all that the keys answer to.
    public var algorithms: [SigningAlgorithm]?
    public var types = ["at+jwt", "jwt"]
    public var requiresType = false
    public var leeway: Duration = .seconds(30)
    /// Where roles stand in the token; a dotted path. `nil`: tokens give none.
    public var rolesClaim: String?
    public var rolePrefix: String?
    public var rolesMap: [String: [Role]] = [:]
    public var scopeClaim = "scope"
    public var scopePrefix: String?
    public var tenant: Tenant.ID?
    /// Where this is set, a token without a tenant is refused.
    public var tenantClaim: String?
    public var nameClaim = "name"
    public var emailClaim = "email"
    public var trustsEmail = false
}

extension IssuerSettings {
    /// The keys that are given here; `nil` where they are fetched. Throws `invalid_key` with the reason.
    func keyRing() throws(GatehouseError) -> KeyRing? {
        if let publicKey { return try Self.ring(publicKey, algorithms: algorithms) }
        for (secret, algorithm) in secrets {
            return try KeyRing([VerificationKey(hmac: secret, algorithm: algorithm)])
        }
        return nil
    }

    /// The HMAC secrets that are given; more than one is a contradiction.
    var secrets: [(Secret<[UInt8]>, SigningAlgorithm)] {
        [(hs256Secret, SigningAlgorithm.HS256), (hs384Secret, .HS384), (hs512Secret, .HS512)].compactMap { secret, algorithm in
            secret.map { ($0, algorithm) }
        }
    }

    private static func ring(_ given: Secret<[UInt8]>, algorithms: [SigningAlgorithm]?) throws(GatehouseError) -> KeyRing {
        let bytes = given.expose { $0 }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.invalidKey, "The key is no text; give PEM, a JWK or a key set.")
        }
        guard text.drop(while: \.isWhitespace).hasPrefix("{") else {
            return try KeyRing([VerificationKey(pem: text, algorithms: algorithms)])
        }
        return text.contains("\"keys\"")
            ? try KeyRing(JWKSet(configured: bytes)) : try KeyRing([VerificationKey(JWK(json: bytes))])
    }
}

public import GatehouseCore

/// Somebody else who issues bearer tokens that are taken here (RFC 7519, RFC 9068), and what is made of them.
///
/// Nothing is checked until `ForeignTokens` is made of it.
public struct ForeignIssuer: Sendable {
    /// Where the keys of the issuer come from.
    public enum Keys: Sendable {
        /// Keys that were configured: an HMAC secret, PEM or JWK public keys.
        case fixed(KeyRing)
        /// A key set that is fetched from an https URL, or from an http URL of this machine.
        case remote(url: String)
    }

    /// What `authProvider` of its principals says; the issuer unless it is set.
    public var id: String
    /// Must equal `iss`, byte for byte.
    public var issuer: String
    /// One of these must be in `aud`.
    public var audience: Set<String>
    public var keys: Keys
    /// `nil` is all that the keys answer to.
    public var algorithms: Set<SigningAlgorithm>?
    /// What `typ` may be, letter case and `application/` aside; `nil` does not look.
    public var types: Set<String>? = ["at+jwt", "jwt"]
    /// Whether a token without `typ` is taken.
    public var allowsMissingType = true
    /// How far clocks may differ.
    public var leeway: Duration = .seconds(30)
    /// The longest token, in bytes.
    public var maximumBytes = 8 * 1024
    public var mapping = ClaimMapping()
    /// The tenant that all its tokens belong to.
    public var tenant: Tenant.ID?

    public init(issuer: String, audience: Set<String>, keys: Keys, id: String? = nil) {
        self.id = id ?? issuer
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
    }

    /// Whether an ID token could pass for an access token by its `typ`.
    var takesUntypedTokens: Bool {
        guard let types, !allowsMissingType else { return true }
        return types.contains { JWSHeader.normalized(type: $0) == "jwt" }
    }
}

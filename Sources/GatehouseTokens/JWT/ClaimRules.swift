/// What a token must say to be taken, beside a good signature (RFC 7519, RFC 8725, RFC 9068).
///
/// The defaults are those for access tokens of ours: `typ: at+jwt`, `exp` and `sub` present, 30 s of leeway, 8 KiB.
public struct ClaimRules: Sendable {
    /// Must equal `iss`, byte for byte.
    public var issuer: String
    /// One of these must be in `aud`. Empty refuses every token; `nil` does not look, for issuers whose tokens carry none.
    public var audience: Set<String>?
    /// What `typ` may be, letter case and `application/` aside; `nil` does not look.
    public var types: Set<String>? = ["at+jwt"]
    /// Whether a token without `typ` is taken where `types` is set.
    public var allowsMissingType = false
    /// `nil` is all that the keys answer to.
    public var algorithms: Set<SigningAlgorithm>?
    /// How far clocks may differ, for `exp`, `nbf` and `iat`.
    public var leeway: Duration = .seconds(30)
    public var requiresExpiration = true
    public var requiresSubject = true
    public var requiresTokenID = false
    /// Refuses what looks like another kind of token of the same issuer: with `nonce`, `at_hash`, or a payload `typ` of `ID` or
    /// `Refresh`.
    public var refusesOtherTokenKinds = true
    /// The longest token, in bytes of its compact form.
    public var maximumBytes = 8 * 1024

    public init(issuer: String, audience: Set<String>?) {
        self.issuer = issuer
        self.audience = audience
    }

    /// For access tokens of issuers that set no `typ`, or `JWT`.
    public static func foreign(issuer: String, audience: Set<String>?, algorithms: Set<SigningAlgorithm>? = nil) -> ClaimRules {
        var rules = ClaimRules(issuer: issuer, audience: audience)
        rules.types = ["at+jwt", "jwt"]
        rules.allowsMissingType = true
        rules.algorithms = algorithms
        return rules
    }
}

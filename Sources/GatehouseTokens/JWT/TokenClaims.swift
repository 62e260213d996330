public import GatehouseCore

/// The claims of a token to be issued (RFC 7519 section 4.1, RFC 9068 section 2.2).
public struct TokenClaims: Sendable {
    /// `iss`
    public var issuer: String
    /// `sub`
    public var subject: String
    /// `aud`; one is written as a text, several as an array.
    public var audience: [String]
    /// `exp`, in whole seconds.
    public var expiresAt: Timestamp
    /// `iat`; now, unless it is set.
    public var issuedAt: Timestamp?
    /// `nbf`
    public var notBefore: Timestamp?
    /// `jti`; 128 random bits, unless it is set.
    public var tokenID: String?
    /// `sid`
    public var sessionID: String?
    /// `client_id`
    public var clientID: String?
    /// `tenant`
    public var tenant: Tenant.ID?
    /// `scope`, written in ascending order with spaces between; `nil` leaves the claim out.
    public var scopes: Set<Scope>?
    /// `roles`, in ascending order; left out when there are none.
    public var roles: Set<Role> = []
    /// Claims of one's own; a registered name among them cannot be issued.
    public var extra: [String: ClaimValue] = [:]

    public init(issuer: String, subject: String, audience: [String], expiresAt: Timestamp) {
        self.issuer = issuer
        self.subject = subject
        self.audience = audience
        self.expiresAt = expiresAt
    }

    /// The names that `extra` cannot use.
    public static let registeredNames: Set<String> = [
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "client_id", "tenant", "scope", "roles",
    ]
}

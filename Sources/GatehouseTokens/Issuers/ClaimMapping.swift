public import GatehouseCore

/// Which claims of a foreign token mean what. A name that is no valid `Role` or `Scope` is left out, whatever else is wrong is a
/// claim that is not there: nothing in a token is an error of ours.
public struct ClaimMapping: Sendable {
    /// Where the roles are, a text (one role) or a list: a name, or a path such as `realm_access.roles`. A member whose name has the dots in
    /// it, such as `https://example.com/roles`, is found too. `nil`: the issuer's tokens carry no roles for us.
    public var rolesClaim: String?
    /// Taken off every role; roles without it are left out.
    public var rolePrefix: String?
    /// Roles for names in the token (without the prefix). Only roles that are named here can be system roles such as `admin`; names that
    /// are not here are roles of the same name.
    public var roleMap: [String: [Role]] = [:]
    /// Where the scopes are, a text with spaces between or a list; found like roles. A token without the claim is not narrowed;
    /// `nil`: none is.
    public var scopeClaim: String? = "scope"
    /// Taken off every scope; scopes without it are left out.
    public var scopePrefix: String?
    /// Where the tenant's id is. Where this is set, a token without a valid one is refused.
    public var tenantClaim: String?
    /// Where the name to show is.
    public var nameClaim: String? = "name"
    /// Where the e-mail address is; taken only where `email_verified` is `true`.
    public var emailClaim: String? = "email"
    /// Takes the address also from tokens without `email_verified`, for issuers who hand out none that they have not verified.
    public var trustsEmail = false

    public init() {}
}

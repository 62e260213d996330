public import GatehouseCore
public import HTTPTypes

/// A credential of the application's own, such as a signature in a header field.
public struct CustomCredential: Sendable {
    public typealias Check = @Sendable (_ request: CanonicalRequest, _ fields: HTTPFields) async throws -> Principal?

    /// The fields that carry it; `.authorization` is meant for schemes that are none of ours. Like every credential in a header it stands
    /// alone, wins over a cookie, and goes to no upstream. Where it is empty the check is asked about every request without another
    /// credential in its header.
    public let fields: [HTTPField.Name]
    /// Answers with the principal, or `nil` for what is not its own, which in `Authorization` is `invalid_token`. A `GatehouseError`, such as
    /// `invalid_token`, is the refusal as it stands; any other error means that it could not find out, and is 503 `store_unavailable`.
    public let check: Check

    public init(fields: [HTTPField.Name], check: @escaping Check) {
        self.fields = fields
        self.check = check
    }

    /// Throws `configuration_invalid` for a field that means something else.
    func validate() throws(GatehouseError) {
        for name in fields where [.apiKey, .cookie, .csrfToken, .origin, .host].contains(name) {
            throw GatehouseError(.configurationInvalid, "The field \(name) cannot carry a credential of the application's own.")
        }
    }
}

extension HTTPField.Name {
    static let host = HTTPField.Name("Host")!
}

/// Looks up a key of the application's own, presented as `Bearer`, `Api-Key` or `X-API-Key`.
///
/// Answers with the principal, or `nil` for a key that is unknown. Asked only for what is neither a key of ours nor a JWT. Errors are as
/// those of `CustomCredential.check`.
public typealias APIKeyLookup = @Sendable (_ key: Secret<String>, _ request: CanonicalRequest) async throws -> Principal?

/// Checks a name and a password of the application's own users, for the form, JSON, the password grant and Basic.
///
/// `nil` where the password is wrong or the name unknown; then accounts of the store are asked. A `GatehouseError` is the refusal as it
/// stands, and counts as a wrong password where it is `invalid_credentials`; any other error means that it could not find out: 503
/// `store_unavailable`, which counts nothing.
public typealias PasswordCheck = @Sendable (_ name: String, _ password: Secret<String>) async throws -> ExternalIdentity?

/// Somebody whom another system knows: the first sign-in makes an account that is linked to them.
public struct ExternalIdentity: Sendable {
    /// Stable and unique in that system; what the account is found by.
    public let subject: String
    /// The account's user name; another's of the store is refused with `forbidden`.
    public let username: String
    public let name: String?
    public let email: String?
    /// The roles that the account is made with; later ones are given in Gatehouse.
    public let roles: Set<Role>
    public let tenant: Tenant.ID

    public init(
        subject: String, username: String, name: String? = nil, email: String? = nil, roles: Set<Role> = [], tenant: Tenant.ID = .default
    ) {
        self.subject = subject
        self.username = username
        self.name = name
        self.email = email
        self.roles = roles
        self.tenant = tenant
    }

    /// The provider that accounts of the application's own users are linked to.
    static let provider = "application"
}

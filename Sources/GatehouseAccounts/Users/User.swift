public import GatehouseCore
import GatehouseStore

/// A person with an account in Gatehouse's own store.
public struct User: Sendable, Hashable {
    /// Random, stable, never reused.
    public let id: String
    public let tenant: Tenant.ID
    /// The name to sign in with, as it was given; it never contains `:`.
    public let username: String
    public let email: String?
    /// The name to show.
    public let name: String
    /// The password must be changed before anything else.
    public let mustChangePassword: Bool
    public let isDisabled: Bool
    public let createdAt: Timestamp
    /// When the password was last set; a sign-in holds only for the password that it proved.
    public let passwordChangedAt: Timestamp

    init(_ record: UserRecord) {
        id = record.id
        tenant = record.tenant
        username = record.username
        email = record.email
        name = record.name
        mustChangePassword = record.passwordChangeRequired
        isDisabled = record.disabledAt != nil
        createdAt = record.createdAt
        passwordChangedAt = record.passwordChangedAt
    }

    /// The identity that a principal of this user has.
    public var identity: Principal.Identity {
        Principal(id: id, username: username, tenant: tenant, credential: .session).identity
    }
}

/// What a new user starts with.
public struct NewUser: Sendable {
    public var username: String
    public var name: String?
    public var email: String?
    /// `nil` for an account that cannot sign in with a password.
    public var password: Secret<String>?
    public var mustChangePassword: Bool
    public var roles: Set<Role>
    public var tenant: Tenant.ID

    public init(
        username: String, name: String? = nil, email: String? = nil, password: Secret<String>?, mustChangePassword: Bool = false,
        roles: Set<Role> = [], tenant: Tenant.ID = .default
    ) {
        self.username = username
        self.name = name
        self.email = email
        self.password = password
        self.mustChangePassword = mustChangePassword
        self.roles = roles
        self.tenant = tenant
    }
}

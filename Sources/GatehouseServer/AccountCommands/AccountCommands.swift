public import Gatehouse

/// What `gatehouse users …` does to a store, beside a gateway that may be running on it.
public enum AccountCommands {
    /// An account as the command line lists it.
    public struct Account: Sendable, Encodable {
        public let id: String
        public let username: String
        public let name: String?
        public let email: String?
        /// The account's own.
        public let tenant: String
        /// In that tenant.
        public let roles: [String]
        public let isDisabled: Bool

        enum CodingKeys: String, CodingKey {
            case id, username, name, email, tenant, roles
            case isDisabled = "is_disabled"
        }

        init(_ user: User, roles: Set<Role>) {
            id = user.id
            username = user.username
            name = user.name
            email = user.email
            tenant = user.tenant.rawValue
            self.roles = roles.map(\.rawValue).sorted()
            isDisabled = user.isDisabled
        }
    }

    /// - Parameter tenant: the account's own; `nil` for `default`.
    /// Throws `conflict` for a name that is taken, `not_found` for a tenant that there is not, `validation_failed`, `password_rejected`.
    public static func createUser(
        username: String, email: String?, name: String?, roles: Set<Role>, tenant: String? = nil, password: Secret<String>,
        mustChange: Bool, in configuration: Configuration
    ) async throws(GatehouseError) -> Account {
        let accounts = try await configuration.openAccounts()
        let tenant = try await accounts.tenant(named: tenant ?? Tenant.ID.default.rawValue)
        let user = try await accounts.users.create(
            NewUser(
                username: username, name: name, email: email, password: password, mustChangePassword: mustChange, roles: roles,
                tenant: tenant))
        return Account(user, roles: roles)
    }

    /// Every account, or those of a tenant, by name. Throws `not_found`.
    public static func listUsers(tenant: String? = nil, in configuration: Configuration) async throws(GatehouseError) -> [Account] {
        let accounts = try await configuration.openAccountsReadingOnly()
        let scope = try await accounts.scope(tenant)
        var all: [Account] = []
        var last = ""
        while true {
            let page = try await accounts.users.list(in: scope, after: last, limit: 500)
            for user in page { all.append(try await accounts.listed(user)) }
            guard page.count == 500, let name = page.last?.username else { return all }
            last = name
        }
    }

    /// Sets the password and ends the user's sessions. Throws `not_found` or `password_rejected`.
    public static func setPassword(
        of name: String, to password: Secret<String>, mustChange: Bool, in configuration: Configuration
    ) async throws(GatehouseError) {
        let accounts = try await configuration.openAccounts()
        let user = try await accounts.user(named: name)
        try await accounts.users.setPassword(password, of: user.id, mustChange: mustChange, in: .everyTenant)
        if user.username == FirstAdministrator.username { AdministratorNotice.forget(databasePath: configuration.store.path) }
    }
}

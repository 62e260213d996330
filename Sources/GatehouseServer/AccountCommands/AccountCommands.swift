public import Gatehouse

/// What `gatehouse users …` does to a store, beside a gateway that may be running on it.
public enum AccountCommands {
    /// An account as the command line lists it.
    public struct Account: Sendable, Encodable {
        public let id: String
        public let username: String
        public let name: String?
        public let email: String?
        public let roles: [String]
        public let isDisabled: Bool

        enum CodingKeys: String, CodingKey {
            case id, username, name, email, roles
            case isDisabled = "is_disabled"
        }

        init(_ user: User, roles: Set<Role>) {
            id = user.id
            username = user.username
            name = user.name
            email = user.email
            self.roles = roles.map(\.rawValue).sorted()
            isDisabled = user.isDisabled
        }
    }

    /// Throws `conflict` for a name that is taken, `validation_failed` or `password_rejected`.
    public static func createUser(
        username: String, email: String?, name: String?, roles: Set<Role>, password: Secret<String>, mustChange: Bool,
        in configuration: Configuration
    ) async throws(GatehouseError) -> Account {
        let accounts = try await configuration.openAccounts()
        let user = try await accounts.users.create(
            NewUser(username: username, name: name, email: email, password: password, mustChangePassword: mustChange, roles: roles))
        return Account(user, roles: roles)
    }

    /// Every account, by name.
    public static func listUsers(in configuration: Configuration) async throws(GatehouseError) -> [Account] {
        let accounts = try await configuration.openAccounts()
        var all: [Account] = []
        var last = ""
        while true {
            let page = try await accounts.users.list(in: .everyTenant, after: last, limit: 500)
            for user in page { all.append(Account(user, roles: try await accounts.users.roles(of: user.id, in: .everyTenant))) }
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
        try await accounts.users.setPassword(password, of: user.id, mustChange: mustChange)
        if user.username == FirstAdministrator.username { AdministratorNotice.forget(databasePath: configuration.store.path) }
    }
}

public import Gatehouse

extension AccountCommands {
    /// The roles that an account has in a tenant.
    public struct HeldRoles: Sendable, Encodable {
        public let username: String
        public let tenant: String
        public let roles: [String]
    }

    /// Gives an account roles in a tenant, beside those that it has there. Throws `not_found`, `validation_failed` for a role that is not
    /// defined there.
    public static func assign(
        _ roles: [String], to name: String, tenant: String?, in configuration: Configuration
    ) async throws(GatehouseError) -> HeldRoles {
        try await change(roles, name, tenant, configuration) { accounts, roles, user, tenant throws(GatehouseError) in
            try await accounts.roles.assign(roles, to: user, in: tenant)
        }
    }

    /// Takes roles in a tenant from an account. Throws `not_found`.
    public static func remove(
        _ roles: [String], from name: String, tenant: String?, in configuration: Configuration
    ) async throws(GatehouseError) -> HeldRoles {
        try await change(roles, name, tenant, configuration) { accounts, roles, user, tenant throws(GatehouseError) in
            try await accounts.roles.remove(roles, from: user, in: tenant)
        }
    }

    /// Links an account to the name by which a provider knows the person. Throws `not_found`, `conflict` where it is another's.
    public static func link(
        _ name: String, provider: String, subject: String, in configuration: Configuration
    ) async throws(GatehouseError) -> Account {
        let accounts = try await configuration.openAccounts()
        let user = try await accounts.user(named: name)
        try await accounts.links.link(user: user.id, provider: provider, subject: subject, in: .everyTenant)
        return try await accounts.listed(user)
    }

    /// Refuses an account everything and ends its sessions, or lets it in again. Throws `not_found`.
    public static func setDisabled(
        _ isDisabled: Bool, _ name: String, in configuration: Configuration
    ) async throws(GatehouseError) -> Account {
        let accounts = try await configuration.openAccounts()
        let id = try await accounts.user(named: name).id
        if isDisabled {
            try await accounts.users.disable(id: id, in: .everyTenant)
        } else {
            try await accounts.users.enable(id: id, in: .everyTenant)
        }
        let user = try await accounts.user(named: name)
        return try await accounts.listed(user)
    }

    private static func change(
        _ roles: [String], _ name: String, _ tenant: String?, _ configuration: Configuration,
        _ body: (Accounts, Set<Role>, String, Tenant.ID) async throws(GatehouseError) -> Void
    ) async throws(GatehouseError) -> HeldRoles {
        let roles = Set(try roles.map { name throws(GatehouseError) in try Role(configured: name, "role") })
        let accounts = try await configuration.openAccounts()
        let user = try await accounts.user(named: name)
        let tenant = try await accounts.tenant(tenant, for: user)
        try await body(accounts, roles, user.id, tenant)
        let held = try await accounts.users.roles(of: user.id, in: .tenant(tenant))
        return HeldRoles(username: user.username, tenant: tenant.rawValue, roles: held.sorted().map(\.rawValue))
    }
}

// Belongs to no target: `scripts/scopes` takes every scope out of it and expects the compiler to refuse each call.
import GatehouseAccounts
import GatehouseCore
import GatehouseStore

func askAccounts(_ accounts: Accounts, _ password: Secret<String>) async throws {
    _ = try await accounts.users.find(id: "u", in: .everyTenant)
    _ = try await accounts.users.find(name: "ada", in: .everyTenant)
    _ = try await accounts.users.list(in: .everyTenant)
    _ = try await accounts.users.roles(of: "u", in: .everyTenant)
    try await accounts.users.setPassword(password, of: "u", in: .everyTenant)
    try await accounts.users.disable(id: "u", in: .everyTenant)
    try await accounts.users.enable(id: "u", in: .everyTenant)
    _ = try await accounts.links.list(of: "u", in: .everyTenant)
    try await accounts.links.link(user: "u", provider: "p", subject: "s", in: .everyTenant)
    try await accounts.links.unlink(provider: "p", subject: "s", in: .everyTenant)
    _ = try await accounts.roles.list(in: .everyTenant)
    _ = try await accounts.apiKeys.list(of: "u", in: .everyTenant)
    _ = try await accounts.apiKeys.listAll(in: .everyTenant)
    _ = try await accounts.apiKeys.rename("k", to: "n", in: .everyTenant)
    _ = try await accounts.apiKeys.revoke("k", in: .everyTenant)
    _ = try await accounts.apiKeys.rotate("k", overlap: .zero, in: .everyTenant)
}

func askStore(_ transaction: any SQLTransaction, _ now: Timestamp) throws {
    _ = try UserRecord.find(id: "u", scope: .everyTenant, in: transaction)
    _ = try UserRecord.list(after: "", limit: 1, scope: .everyTenant, in: transaction)
    _ = try TenantRecord.list(scope: .everyTenant, in: transaction)
    _ = try RoleRecord.list(scope: .everyTenant, in: transaction)
    _ = try APIKeyRecord.find(id: "k", at: now, scope: .everyTenant, in: transaction)
    _ = try SessionRecord.find(id: "s", at: now, scope: .everyTenant, in: transaction)
    _ = try LinkedAccountRecord.list(of: "u", scope: .everyTenant, in: transaction)
}

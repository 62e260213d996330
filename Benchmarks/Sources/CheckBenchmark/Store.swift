import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseTokens

/// Accounts on an SQLite file, with somebody who has a session and an API key.
struct Store: Sendable {
    let accounts: Accounts
    let watcher: ChangeWatcher
    /// Accounts on the same file whose watcher never looks, so that everything is read from the file.
    let uncached: Accounts
    let secrets: Secrets

    init(path: String) async throws {
        let masterKey = try MasterKey(parsing: MasterKey.generateText())
        accounts = try await Accounts.open(driver: try SQLiteDriver(path: path), masterKey: masterKey)
        uncached = try await Accounts.open(driver: try SQLiteDriver(path: path), masterKey: masterKey)
        watcher = accounts.changeWatcher()
        try await accounts.roles.define("clerk", permissions: ["orders.read", "orders.write"])
        let user = try await accounts.users.create(
            NewUser(username: "ada", email: "ada@example.com", password: Secret("a long enough phrase"), roles: ["clerk"]))
        let session = try await accounts.sessions.start(for: user, kind: .cookie)
        let key = try await accounts.apiKeys.create(NewAPIKey(name: "nightly", scopes: ["orders.read"]), for: user.id, in: user.tenant)
        guard let cookie = session.cookieSecret else { throw GatehouseError(.internalError, "The session has no cookie.") }
        secrets = Secrets(cookie: cookie.expose { $0 }, key: key.text.expose { $0 })
        await watcher.look()
    }
}

import GatehouseAccounts

/// One way to check a secret.
protocol Check: Sendable {
    /// Checks the secret that many times and returns how often it was found good.
    func accepted(of count: Int) async throws -> Int
}

enum Checks {
    static func make(_ name: String, _ store: Store, _ secrets: Secrets) -> (any Check)? {
        switch name {
        case "sha256": BareHash(text: secrets.key, expected: store.secrets.key)
        case "session": SessionCheck(sessions: store.accounts.sessions, cookie: secrets.cookie)
        case "session-sqlite": SessionCheck(sessions: store.uncached.sessions, cookie: secrets.cookie)
        case "api-key": APIKeyCheck(keys: store.accounts.apiKeys, key: secrets.key)
        case "api-key-sqlite": APIKeyCheck(keys: store.uncached.apiKeys, key: secrets.key)
        default: nil
        }
    }
}

extension Migration {
    /// API keys, accounts that others vouch for, secrets of our own, and signing keys that are published before they sign.
    static let credentials = Migration(2, "credentials") { dialect in
        apiKeys(dialect) + links(dialect) + secrets(dialect) + nextSigningKeys
    }

    private static func apiKeys(_ dialect: SQLDialect) -> [SQLText] {
        [
            // Scopes, roles and address ranges are separated by spaces, which none of them contains.
            """
            CREATE TABLE api_keys (
                id \(sql: dialect.sortedText) NOT NULL PRIMARY KEY,
                hash \(sql: dialect.bytes) NOT NULL UNIQUE,
                kind TEXT NOT NULL,
                name TEXT NOT NULL,
                user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                tenant \(sql: dialect.sortedText) NOT NULL REFERENCES tenants (id),
                scopes TEXT NOT NULL,
                roles TEXT NOT NULL,
                addresses TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                expires_at BIGINT,
                last_used_at BIGINT,
                revoked_at BIGINT,
                replaces TEXT UNIQUE)
            """,
            "CREATE INDEX api_keys_user ON api_keys (user_id)",
            "CREATE INDEX api_keys_tenant ON api_keys (tenant, id)",
        ]
    }

    private static func links(_ dialect: SQLDialect) -> [SQLText] {
        [
            """
            CREATE TABLE linked_accounts (
                provider \(sql: dialect.sortedText) NOT NULL,
                subject \(sql: dialect.sortedText) NOT NULL,
                user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                linked_at BIGINT NOT NULL,
                PRIMARY KEY (provider, subject))
            """,
            "CREATE INDEX linked_accounts_user ON linked_accounts (user_id)",
        ]
    }

    private static func secrets(_ dialect: SQLDialect) -> [SQLText] {
        [
            """
            CREATE TABLE secrets (
                name TEXT NOT NULL PRIMARY KEY,
                sealed \(sql: dialect.bytes) NOT NULL,
                created_at BIGINT NOT NULL)
            """
        ]
    }

    /// `next` is 1 for the key that signs from `signs_from` on and NULL for the others, as `current` is for the one that signs.
    private static let nextSigningKeys: [SQLText] = [
        "ALTER TABLE signing_keys ADD COLUMN next BIGINT",
        "ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT",
        "UPDATE signing_keys SET signs_from = created_at",
        "CREATE UNIQUE INDEX signing_keys_next ON signing_keys (next)",
    ]
}

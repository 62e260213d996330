extension Migration {
    /// Accounts, roles, sessions, throttling and keys. Times are microseconds since 1970, truth values 0 or 1.
    static let accounts = Migration(1, "accounts") { dialect in
        shared + people(dialect) + roles(dialect) + sessions(dialect) + throttles(dialect) + keys(dialect) + firstRows
    }

    private static let shared: [SQLText] = [
        "CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE changes (id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1), counter BIGINT NOT NULL)",
    ]

    private static let firstRows: [SQLText] = [
        "INSERT INTO changes (id, counter) VALUES (1, 0)",
        "INSERT INTO tenants (id, name, created_at) VALUES ('default', 'Default', 0)",
        "INSERT INTO roles (tenant, name, is_system, created_at) VALUES ('default', 'admin', 1, 0)",
        "INSERT INTO role_permissions (tenant, role, permission) VALUES ('default', 'admin', '*')",
    ]

    private static func people(_ dialect: SQLDialect) -> [SQLText] {
        [
            "CREATE TABLE tenants (id \(sql: dialect.sortedText) NOT NULL PRIMARY KEY, name TEXT NOT NULL, created_at BIGINT NOT NULL)",
            """
            CREATE TABLE users (
                id TEXT NOT NULL PRIMARY KEY,
                tenant \(sql: dialect.sortedText) NOT NULL REFERENCES tenants (id),
                username \(sql: dialect.sortedText) NOT NULL UNIQUE,
                email TEXT,
                name TEXT NOT NULL,
                password_hash TEXT,
                password_changed_at BIGINT NOT NULL,
                password_change_required BIGINT NOT NULL,
                disabled_at BIGINT,
                created_at BIGINT NOT NULL,
                signed_in_at BIGINT)
            """,
            // One namespace for the user names and e-mail addresses of users and the names of service accounts.
            """
            CREATE TABLE account_names (
                canonical TEXT NOT NULL PRIMARY KEY,
                account_kind TEXT NOT NULL,
                account_id TEXT NOT NULL)
            """,
            "CREATE INDEX account_names_account ON account_names (account_id)",
        ]
    }

    private static func roles(_ dialect: SQLDialect) -> [SQLText] {
        [
            """
            CREATE TABLE roles (
                tenant \(sql: dialect.sortedText) NOT NULL REFERENCES tenants (id),
                name \(sql: dialect.sortedText) NOT NULL,
                is_system BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                PRIMARY KEY (tenant, name))
            """,
            """
            CREATE TABLE role_permissions (
                tenant \(sql: dialect.sortedText) NOT NULL,
                role \(sql: dialect.sortedText) NOT NULL,
                permission \(sql: dialect.sortedText) NOT NULL,
                PRIMARY KEY (tenant, role, permission),
                FOREIGN KEY (tenant, role) REFERENCES roles (tenant, name) ON DELETE CASCADE)
            """,
            """
            CREATE TABLE role_assignments (
                user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                tenant \(sql: dialect.sortedText) NOT NULL,
                role \(sql: dialect.sortedText) NOT NULL,
                assigned_at BIGINT NOT NULL,
                PRIMARY KEY (user_id, tenant, role),
                FOREIGN KEY (tenant, role) REFERENCES roles (tenant, name) ON DELETE CASCADE)
            """,
        ]
    }

    private static func sessions(_ dialect: SQLDialect) -> [SQLText] {
        [
            """
            CREATE TABLE sessions (
                id TEXT NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                tenant \(sql: dialect.sortedText) NOT NULL REFERENCES tenants (id),
                kind TEXT NOT NULL,
                cookie_hash \(sql: dialect.bytes) UNIQUE,
                previous_cookie_hash \(sql: dialect.bytes) UNIQUE,
                previous_cookie_until BIGINT,
                rotation_due BIGINT NOT NULL,
                created_at BIGINT NOT NULL,
                authenticated_at BIGINT NOT NULL,
                last_seen_at BIGINT NOT NULL,
                idle_limit BIGINT NOT NULL,
                expires_at BIGINT NOT NULL,
                ended_at BIGINT,
                address TEXT,
                user_agent TEXT)
            """,
            "CREATE INDEX sessions_user ON sessions (user_id)",
            "CREATE INDEX sessions_expiry ON sessions (expires_at)",
            """
            CREATE TABLE refresh_tokens (
                hash \(sql: dialect.bytes) NOT NULL PRIMARY KEY,
                parent_hash \(sql: dialect.bytes) UNIQUE,
                session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
                created_at BIGINT NOT NULL,
                used_at BIGINT)
            """,
            "CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id)",
        ]
    }

    private static func throttles(_ dialect: SQLDialect) -> [SQLText] {
        [
            """
            CREATE TABLE throttles (
                bucket \(sql: dialect.bytes) NOT NULL PRIMARY KEY,
                failures BIGINT NOT NULL,
                failed_at BIGINT NOT NULL,
                blocked_until BIGINT NOT NULL)
            """,
            "CREATE INDEX throttles_age ON throttles (failed_at)",
            """
            CREATE TABLE known_addresses (
                bucket \(sql: dialect.bytes) NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                signed_in_at BIGINT NOT NULL)
            """,
            "CREATE INDEX known_addresses_user ON known_addresses (user_id)",
        ]
    }

    private static func keys(_ dialect: SQLDialect) -> [SQLText] {
        [
            // `current` is 1 for the key that signs and NULL for the others: a second one that signs is refused by the index.
            """
            CREATE TABLE signing_keys (
                id TEXT NOT NULL PRIMARY KEY,
                kid TEXT NOT NULL UNIQUE,
                algorithm TEXT NOT NULL,
                public_jwk TEXT,
                sealed_private \(sql: dialect.bytes) NOT NULL,
                current BIGINT UNIQUE,
                created_at BIGINT NOT NULL,
                retired_at BIGINT)
            """
        ]
    }
}

public import GatehouseCore

/// One step of the schema, for both dialects at once.
public struct Migration: Sendable {
    /// Steps are applied in this order, each once; numbers are never reused.
    public let version: Int
    public let name: String
    let statements: @Sendable (SQLDialect) -> [SQLText]

    public init(_ version: Int, _ name: String, _ statements: @escaping @Sendable (SQLDialect) -> [SQLText]) {
        self.version = version
        self.name = name
        self.statements = statements
    }

    /// Applies what is missing inside a transaction of the caller's.
    ///
    /// Throws `store_too_new` when the database knows a step that `migrations` has not, `migration_failed` when a step fails.
    public static func apply(
        _ migrations: [Migration], for dialect: SQLDialect, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run(
            "CREATE TABLE IF NOT EXISTS migrations (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)")
        let applied = try appliedVersion(in: transaction)
        let newest = migrations.map(\.version).max() ?? 0
        guard applied <= newest else { throw tooNew(applied, newest) }
        for migration in migrations.sorted(by: { $0.version < $1.version }) where migration.version > applied {
            try migration.apply(for: dialect, at: now, in: transaction)
        }
    }

    private func apply(
        for dialect: SQLDialect, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        do throws(GatehouseError) {
            for statement in statements(dialect) { try transaction.run(statement) }
            try transaction.run("INSERT INTO migrations (version, name, applied_at) VALUES (\(version), \(name), \(now))")
        } catch {
            throw GatehouseError(
                .migrationFailed, "The step \(version) “\(name)” of the database's schema failed; the database is as it was.", cause: error)
        }
    }
}

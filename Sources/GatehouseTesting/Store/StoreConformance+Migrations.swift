import GatehouseCore
import GatehouseStore

extension StoreConformance {
    static let migrations = [
        StoreConformance("migrations are applied once, by processes that start together too") { open in
            let drivers = [try await open(), try await open(), try await open()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for driver in drivers { group.addTask { try await driver.migrate([first, second], at: start) } }
                try await group.waitForAll()
            }
            try expectEqual(try await names(drivers[0]), ["first", "second"], "what was applied")
            try await drivers[1].migrate([first, second], at: start)
            try expectEqual(try await names(drivers[2]), ["first", "second"], "what was applied")
        },
        StoreConformance("a migration that fails leaves the database as it was") { open in
            let driver = try await open()
            try await driver.migrate([first], at: start)
            let broken = Migration(3, "broken") { _ in ["CREATE TABLE third (a BIGINT)", "INSERT INTO first (no_such_column) VALUES (1)"] }
            try await expectRefusal(.migrationFailed) { try await driver.migrate([first, second, broken], at: start) }
            try expectEqual(try await names(driver), ["first"], "what was applied")
            // All of it is gone: what failed can be applied when it is put right.
            let mended = Migration(3, "mended") { _ in ["CREATE TABLE third (a BIGINT)"] }
            try await driver.migrate([first, second, mended], at: start)
            try expectEqual(try await names(driver), ["first", "second", "mended"], "what was applied")
        },
        StoreConformance("a first migration that fails leaves an empty database") { open in
            let driver = try await open()
            let broken = Migration(1, "broken") { _ in ["CREATE TABLE first (a BIGINT)", "NO SQL AT ALL"] }
            try await expectRefusal(.migrationFailed) { try await driver.migrate([broken], at: start) }
            try await expectRefusal(.storeUnavailable) { _ = try await names(driver) }
            try await driver.migrate([first], at: start)
        },
        StoreConformance("a database of a newer program is refused") { open in
            let driver = try await open()
            try await driver.migrate([first, second], at: start)
            try await expectRefusal(.storeTooNew) { try await driver.migrate([first], at: start) }
            try expectEqual(try await names(driver), ["first", "second"], "what was applied")
        },
        StoreConformance("our schema can be applied twice") { open in
            let driver = try await migrated(open)
            try await driver.migrate(Schema.migrations, at: start)
        },
    ]

    private static let first = Migration(1, "first") { dialect in
        ["CREATE TABLE first (a \(sql: dialect.bytes))", "INSERT INTO first (a) VALUES (NULL)"]
    }

    private static let second = Migration(2, "second") { dialect in
        ["CREATE TABLE second (a \(sql: dialect.sortedText))", "DELETE FROM first"]
    }

    private static func names(_ driver: any SQLDriver) async throws -> [String] {
        try await driver.read { transaction throws(GatehouseError) in
            var names: [String] = []
            for var row in try transaction.rows("SELECT name FROM migrations ORDER BY version") { names.append(try row.next()) }
            return names
        }
    }
}

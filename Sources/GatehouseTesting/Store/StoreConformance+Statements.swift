import GatehouseCore
import GatehouseStore

extension StoreConformance {
    static let statements = [
        StoreConformance("parameters may be used out of order and twice") { open in
            let driver = try await open()
            let found = try await driver.write { transaction throws(GatehouseError) -> [Int64] in
                try transaction.run("CREATE TABLE numbers (a BIGINT, b BIGINT, c BIGINT, d BIGINT)")
                try transaction.run(
                    "INSERT INTO numbers (d, a, c, b) SELECT \(Int64(4)), a, c, b FROM numbers WHERE a = \(Int64(9))")
                try transaction.run("INSERT INTO numbers (a, b) VALUES (\(Int64(1)), \(Int64(2)))")
                try transaction.run(
                    "UPDATE numbers SET c = \(Int64(20)), d = \(Int64(10)), b = \(again: 2) WHERE a = \(Int64(1)) AND a <> \(again: 1)")
                guard var row = try transaction.rows("SELECT a, b, c, d FROM numbers").first else { return [] }
                return [try row.next(), try row.next(), try row.next(), try row.next()]
            }
            try expectEqual(found, [1, 10, 20, 10], "the row")
        },
        StoreConformance("a fragment brings its parameters along") { open in
            let driver = try await open()
            let found = try await driver.write { transaction throws(GatehouseError) -> Int64 in
                try transaction.run("CREATE TABLE numbers (a BIGINT, b BIGINT)")
                try transaction.run("INSERT INTO numbers (a, b) VALUES (1, 2), (3, 4)")
                let fragment: SQLText = "b = \(Int64(4)) AND b = \(again: 1)"
                guard var row = try transaction.rows("SELECT b FROM numbers WHERE a = \(Int64(3)) AND \(sql: fragment)").first
                else { return 0 }
                return try row.next()
            }
            try expectEqual(found, 4, "the row")
        },
        StoreConformance("every value comes back as it went in") { open in
            let driver = try await open()
            let texts = ["", "'; DROP TABLE x; --", "caf\u{E9}", "cafe\u{301}", "🇪🇺", "a\u{1}b", "?1 $1 :a @b"]
            let bytes: [[UInt8]] = [[], [0], Array(0...255)]
            let integers: [Int64] = [.min, -1, 0, 1, .max]
            let dialect = driver.dialect
            try await driver.write { transaction throws(GatehouseError) in
                try transaction.run("CREATE TABLE x (t TEXT, b \(sql: dialect.bytes), i BIGINT)")
            }
            for text in texts {
                let back: String? = try await echo(text, "t", driver)
                try expect(
                    back.map { $0.utf8.elementsEqual(text.utf8) } ?? false,
                    "the text \(text.debugDescription) came back as \(back ?? "nil")")
            }
            for value in bytes { try expectEqual(try await echo(value, "b", driver), value, "the byte string") }
            for value in integers { try expectEqual(try await echo(value, "i", driver), value, "the integer") }
            try expectEqual(try await echo(String?.none, "t", driver), .some(.none), "the null")
        },
        StoreConformance("a text with a NUL comes back whole or is refused, never shortened") { open in
            let driver = try await open()
            try await driver.write { transaction throws(GatehouseError) in try transaction.run("CREATE TABLE x (t TEXT)") }
            for text in ["\u{0}", "admin\u{0}", "admin\u{0}x"] {
                guard let back = try? await echo(text, "t", driver) else { continue }
                try expectEqual(Array(back.utf8), Array(text.utf8), "the text")
            }
        },
        StoreConformance("a column of another kind is refused, not a trap") { open in
            let driver = try await open()
            try await expectRefusal(.storeUnavailable) {
                _ = try await driver.read { transaction throws(GatehouseError) -> Int64 in
                    guard var row = try transaction.rows("SELECT 'text'").first else { return 0 }
                    return try row.next()
                }
            }
            try await expectRefusal(.storeUnavailable) {
                _ = try await driver.read { transaction throws(GatehouseError) -> String in
                    guard var row = try transaction.rows("SELECT 'text'").first else { return "" }
                    _ = try row.next(String.self)
                    return try row.next()
                }
            }
        },
        StoreConformance("the number of changed rows is told") { open in
            let driver = try await open()
            let counts = try await driver.write { transaction throws(GatehouseError) -> [Int] in
                try transaction.run("CREATE TABLE x (a BIGINT PRIMARY KEY, b BIGINT)")
                return [
                    try transaction.run("INSERT INTO x (a, b) VALUES (1, 1), (2, 1), (3, 1)"),
                    try transaction.run("INSERT INTO x (a, b) VALUES (1, 9) ON CONFLICT (a) DO NOTHING"),
                    try transaction.run("INSERT INTO x (a, b) VALUES (1, 9) ON CONFLICT (a) DO UPDATE SET b = 9 WHERE x.b = 5"),
                    try transaction.run("UPDATE x SET b = 2 WHERE a > 1"),
                    try transaction.run("UPDATE x SET b = 2 WHERE a > 5"),
                    try transaction.rows("UPDATE x SET b = 3 WHERE b = 2 RETURNING a").count,
                    try transaction.run("DELETE FROM x"),
                ]
            }
            try expectEqual(counts, [3, 0, 0, 2, 0, 2, 3], "the counts")
        },
    ]

    private static func echo<Value: SQLRepresentable & Sendable>(
        _ value: Value, _ column: SQLText, _ driver: any SQLDriver
    ) async throws -> Value? {
        try await driver.write { transaction throws(GatehouseError) -> Value? in
            try transaction.run("DELETE FROM x")
            try transaction.run("INSERT INTO x (\(sql: column)) VALUES (\(value))")
            guard var row = try transaction.rows("SELECT \(sql: column) FROM x").first else { return nil }
            return .some(try row.next(Value.self))
        }
    }
}

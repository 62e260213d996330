import Foundation
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import Testing

@Suite struct SQLiteFileTests {
    static let start = Timestamp(seconds: 1_700_000_000)

    @Test func `the file and its companions are their owner's alone`() async throws {
        try await withTemporaryFolder { folder in
            let driver = try SQLiteDriver(path: "\(folder)/store.db")
            try await driver.migrate(Schema.migrations, at: Self.start)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.sorted() == ["store.db", "store.db-shm", "store.db-wal"])
            for name in names {
                let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
        }
    }

    @Test func `a checkpoint leaves everything in the file alone, and work goes on`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/store.db"
            let (one, other) = (try SQLiteDriver(path: path), try SQLiteDriver(path: path))
            try await one.migrate(Schema.migrations, at: Self.start)
            _ = try await other.changeCounter()
            await one.checkpoint()
            let log = try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int
            #expect(log == 0)
            try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
            try await SQLiteDriver(readingOnly: path + ".copy").verify(Schema.migrations)
            for driver in [one, other] {
                try await driver.write { transaction throws(GatehouseError) in try transaction.markChanged() }
            }
            #expect(try await one.changeCounter() == 2)
            #expect(try await other.changeCounter() == 2)
        }
    }

    @Test func `a file that is opened to be read only cannot be changed, and sees what others change`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/store.db"
            let writer = try SQLiteDriver(path: path)
            try await writer.migrate(Schema.migrations, at: Self.start)
            let reader = try SQLiteDriver(readingOnly: path)
            for _ in 0..<2 {
                let error = await #expect(throws: GatehouseError.self) {
                    try await reader.write { transaction throws(GatehouseError) in try transaction.markChanged() }
                }
                #expect(error?.code == .storeUnavailable)
                try await writer.write { transaction throws(GatehouseError) in try transaction.markChanged() }
                #expect(try await reader.changeCounter() == writer.changeCounter())
            }
            for path in ["\(folder)/none.db", folder] {
                let error = #expect(throws: GatehouseError.self) { try SQLiteDriver(readingOnly: path) }
                #expect(error?.code == .storeUnavailable && error?.message.contains(path) == true)
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/none.db"))
        }
    }

    @Test func `a database of the first version keeps its keys when it is brought up to date`() async throws {
        try await withTemporaryFolder { folder in
            let driver = try SQLiteDriver(path: "\(folder)/store.db")
            try await driver.migrate(Schema.migrations.filter { $0.version == 1 }, at: Self.start)
            try await driver.write { transaction throws(GatehouseError) in
                for (id, current) in [("1", Int64?.none), ("2", 1)] {
                    try transaction.run(
                        """
                        INSERT INTO signing_keys (id, kid, algorithm, sealed_private, current, created_at, retired_at)
                        VALUES (\(id), \(id), 'ES256', \([UInt8](repeating: 1, count: 4)), \(current), \(Self.start),
                            \(current == nil ? Self.start : Timestamp?.none))
                        """)
                }
            }
            let old = await #expect(throws: GatehouseError.self) { try await driver.verify(Schema.migrations) }
            #expect(old?.code == .storeUnavailable && old?.message.contains("Start the server") == true)
            try await driver.migrate(Schema.migrations, at: Self.start)
            let keys = try await driver.read { transaction throws(GatehouseError) in try SigningKeyRecord.list(in: transaction) }
            #expect(keys.map(\.state) == [.retired, .current])
            #expect(keys.map(\.signsFrom) == [Self.start, Self.start])
        }
    }

    @Test func `a file that others may read becomes its owner's alone`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/store.db"
            try await SQLiteDriver(path: path).migrate(Schema.migrations, at: Self.start)
            try FileManager.default.setAttributes([.posixPermissions: 0o664], ofItemAtPath: path)
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/link.db", withDestinationPath: path)
            _ = try SQLiteDriver(path: "\(folder)/link.db")
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `a link that leads nowhere is refused, and nothing is made where it leads`() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/store.db", withDestinationPath: "\(folder)/elsewhere.db")
            let error = #expect(throws: GatehouseError.self) { try SQLiteDriver(path: "\(folder)/store.db") }
            #expect(error?.code == .storeUnavailable)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/elsewhere.db"))
        }
    }

    @Test func `a file that is no database is refused and left alone`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/notes.txt"
            let text = String(repeating: "These are my notes and no database. ", count: 100)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            await #expect(throws: GatehouseError.self) {
                try await SQLiteDriver(path: path).migrate(Schema.migrations, at: Self.start)
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        }
    }

    @Test func `a folder that is not there is store_unavailable with the path`() {
        let error = #expect(throws: GatehouseError.self) { try SQLiteDriver(path: "/no/such/folder/store.db") }
        #expect(error?.code == .storeUnavailable)
        #expect(error?.message.contains("/no/such/folder/store.db") == true)
    }

    @Test func `a failing statement does not tell the values that were bound`() async throws {
        let driver = try SQLiteDriver.inMemory()
        let error = await #expect(throws: GatehouseError.self) {
            try await driver.write { transaction throws(GatehouseError) in
                try transaction.run("CREATE TABLE x (a TEXT UNIQUE)")
                for _ in 0..<2 { try transaction.run("INSERT INTO x (a) VALUES (\("a-secret-value"))") }
            }
        }
        #expect(error?.code == .storeUnavailable)
        #expect(error.map { !"\($0) \(String(reflecting: $0.cause))".contains("a-secret-value") } == true)
    }

    @Test func `a fraction where none is stored is refused`() async throws {
        let driver = try SQLiteDriver.inMemory()
        let error = await #expect(throws: GatehouseError.self) {
            _ = try await driver.read { transaction throws(GatehouseError) in try transaction.rows("SELECT 1.5").count }
        }
        #expect(error?.code == .storeUnavailable)
    }
}

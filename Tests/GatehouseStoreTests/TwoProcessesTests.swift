import Foundation
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import Testing

/// A second, real process on the same file: Python with the SQLite of its own.
@Suite struct TwoProcessesTests {
    private static let increments = 300

    private static let script = """
        import sqlite3, sys
        database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(sys.argv[2])):
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE changes SET counter = counter + 1 WHERE id = 1")
            database.execute("COMMIT")
        """

    @Test func `two processes on one file neither corrupt nor deadlock, and see what the other changes`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/store.db"
            let driver = try SQLiteDriver(path: path)
            try await driver.migrate(Schema.migrations, at: Timestamp(seconds: 0))
            let other = try Python(Self.script, [path, "\(Self.increments)"])
            #expect(other.line() == "ready")
            other.send("go\n")
            for _ in 0..<Self.increments {
                try await driver.write { transaction throws(GatehouseError) in try transaction.markChanged() }
            }
            #expect(other.wait() == 0)
            #expect(try await driver.changeCounter() == Int64(2 * Self.increments))
            let integrity = try await driver.read { transaction throws(GatehouseError) -> String? in
                guard var row = try transaction.rows("PRAGMA integrity_check").first else { return nil }
                return try row.next()
            }
            #expect(integrity == "ok")
        }
    }

    @Test func `a process that was killed in a transaction leaves neither a lock nor a trace`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/store.db"
            let driver = try SQLiteDriver(path: path)
            try await driver.migrate(Schema.migrations, at: Timestamp(seconds: 0))
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1], isolation_level=None)
                database.execute("BEGIN IMMEDIATE")
                database.execute("UPDATE changes SET counter = 1000 WHERE id = 1")
                print("ready", flush=True)
                sys.stdin.readline()
                """
            let other = try Python(script, [path])
            #expect(other.line() == "ready")
            other.kill()
            try await driver.write { transaction throws(GatehouseError) in try transaction.markChanged() }
            #expect(try await driver.changeCounter() == 1)
        }
    }
}

/// A Python program with its input and output.
private final class Python {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ script: String, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    /// Reads up to the end of a line.
    func line() -> String {
        var bytes: [UInt8] = []
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func send(_ text: String) { try? input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    func kill() {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func wait() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }
}

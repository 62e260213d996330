import Foundation
import GatehouseCore
import GatehouseServer
import Testing

@Suite struct MasterKeyCommandTests {
    /// A store with one sealed key, and the file of the master key beside it.
    private struct Store {
        let settings: Configuration
        let keyFile: String

        init() async throws {
            let files = try ConfigurationFiles()
            var settings = Configuration()
            let path = files.directory.appendingPathComponent("gatehouse.db").path
            settings.store = .sqlite(path: path)
            settings.log.level = .critical
            self.settings = settings
            keyFile = path + ".key"
            _ = try await SigningKeyCommands.rotate(now: true, in: settings)
        }

        var keys: [String] {
            (try? String(contentsOfFile: keyFile, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
                .split(separator: ",").map(String.init) ?? []
        }

        func write(_ keys: String) throws {
            try Data(keys.utf8).write(to: URL(fileURLWithPath: keyFile))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
        }

        func rotate() async throws -> MasterKeyCommands.Outcome {
            try await MasterKeyCommands.rotate(in: settings, settling: .milliseconds(1))
        }

        /// Whether everything opens; importing what is there already has to open nothing, making another key does.
        func opens() async -> Bool { (try? await SigningKeyCommands.rotate(now: true, in: settings)) != nil }

        func code(_ body: () async throws -> Void) async -> GatehouseError.Code? {
            do {
                try await body()
                return nil
            } catch {
                return (error as? GatehouseError)?.code
            }
        }
    }

    @Test func `a new key takes the place of the one in the file, and everything is sealed under it`() async throws {
        let store = try await Store()
        let before = store.keys
        let outcome = try await store.rotate()
        #expect(outcome.resealed == 1)
        #expect(store.keys.count == 1)
        #expect(store.keys != before)
        #expect(await store.opens())
        let folder = URL(fileURLWithPath: store.keyFile).deletingLastPathComponent().path
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".new") } == [])
        let mode = try FileManager.default.attributesOfItem(atPath: store.keyFile)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try store.write(before[0])
        #expect(await !store.opens())
    }

    @Test func `a key that does not open the store is refused, and what was there stays`() async throws {
        let store = try await Store()
        let before = store.keys[0]
        let wrong = String(repeating: "A", count: 43)
        try store.write(wrong)
        let code = await store.code { _ = try await store.rotate() }
        #expect(code == .masterKeyMismatch)
        #expect(store.keys.last == wrong)
        try store.write(before)
        #expect(await store.opens())
    }

    @Test func `without a key file nothing is made`() async throws {
        let store = try await Store()
        try FileManager.default.removeItem(atPath: store.keyFile)
        #expect(await store.code { _ = try await store.rotate() } == .masterKeyMissing)
        #expect(!FileManager.default.fileExists(atPath: store.keyFile))
    }

    @Test func `a file that others can read, and a link, are refused`() async throws {
        let store = try await Store()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: store.keyFile)
        #expect(await store.code { _ = try await store.rotate() } == .masterKeyMissing)
        try FileManager.default.moveItem(atPath: store.keyFile, toPath: store.keyFile + ".elsewhere")
        try FileManager.default.createSymbolicLink(atPath: store.keyFile, withDestinationPath: store.keyFile + ".elsewhere")
        #expect(await store.code { _ = try await store.rotate() } == .masterKeyMissing)
    }

    @Test func `a change that finds the folder locked closes no file but its own`() async throws {
        let store = try await Store()
        let folder = open(URL(fileURLWithPath: store.keyFile).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(folder >= 0)
        defer { close(folder) }
        #expect(flock(folder, LOCK_EX | LOCK_NB) == 0)
        let lost = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<1000 { #expect(await store.code { _ = try await store.rotate() } == .conflict) }
                    return 0
                }
                group.addTask {
                    (0..<100_000).reduce(0) { lost, _ in
                        let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
                        sched_yield()
                        return lost + (close(file) == 0 ? 0 : 1)
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(lost == 0)
    }

    @Test func `of changes at the same time one happens after the other or not at all, and the store opens`() async throws {
        let store = try await Store()
        let codes = await withTaskGroup(of: GatehouseError.Code?.self) { group in
            for _ in 0..<6 { group.addTask { await store.code { _ = try await store.rotate() } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.contains(nil))
        #expect(codes.allSatisfy { $0 == nil || $0 == .conflict })
        #expect(store.keys.count == 1)
        #expect(await store.opens())
    }

    @Test func `a given key has to come with the one that it follows`() async throws {
        var store = try await Store().settings
        let key = try #require(try? String(contentsOfFile: "\(try Self.path(store)).key", encoding: .utf8))
            .trimmingCharacters(in: .whitespacesAndNewlines)
        store.masterKey = Secret(key)
        do {
            _ = try await MasterKeyCommands.rotate(in: store)
            Issue.record("a single key was taken")
        } catch {
            #expect(error.code == .configurationInvalid)
            #expect(!error.message.contains(key))
        }
        let new = String(repeating: "B", count: 42) + "A"
        store.masterKey = Secret("\(new),\(key)")
        #expect(try await MasterKeyCommands.rotate(in: store).resealed == 1)
        #expect(try await MasterKeyCommands.rotate(in: store).resealed == 0)
        store.masterKey = Secret(new)
        _ = try await SigningKeyCommands.rotate(now: true, in: store)
    }

    private static func path(_ settings: Configuration) throws -> String { "\(settings.store)".replacing("sqlite:", with: "") }
}

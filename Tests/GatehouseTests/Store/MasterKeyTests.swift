import Foundation
import Gatehouse
import GatehouseSQLite
import Testing

@Suite struct `The master key` {
    private func inFolder(_ body: (_ store: String, _ key: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body("\(folder.path)/store.db", "\(folder.path)/store.db.key")
    }

    private func open(_ path: String, _ source: MasterKeySource = .automatic, log: LogRecorder = LogRecorder()) async throws -> Gate {
        var plan = Site.Plan(store: try SQLiteDriver(path: path))
        plan.settings = { $0.masterKey = source }
        return try await Site.gate(plan, TestClock(), AuditRecorder(), log)
    }

    private func refusal(_ path: String, _ source: MasterKeySource = .automatic) async -> GatehouseError.Code? {
        do {
            _ = try await open(path, source)
            return nil
        } catch {
            return (error as? GatehouseError)?.code
        }
    }

    private func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0
    }

    @Test func `is made once, for its owner alone, with a warning that does not hold it`() async throws {
        try await inFolder { store, key in
            let log = LogRecorder()
            _ = try await open(store, log: log)
            #expect(try mode(key) == 0o600)
            let text = try String(contentsOfFile: key, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(text.utf8.count == 43)
            #expect(log.lines.contains { $0.hasPrefix("warning") && $0.contains(key) } && !log.lines.contains { $0.contains(text) })
            _ = try await open(store)
            #expect(try String(contentsOfFile: key, encoding: .utf8).hasPrefix(text))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: (key as NSString).deletingLastPathComponent).filter { $0.contains(".new") } == [])
        }
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o622, 0o601])
    func `is refused where others can read or change it`(_ mode: Int) async throws {
        try await inFolder { store, key in
            _ = try await open(store)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
            #expect(await refusal(store) == .masterKeyMissing)
            try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: key)
            #expect(await refusal(store) == nil)
        }
    }

    @Test func `that is lost is never replaced while something is sealed under it`() async throws {
        try await inFolder { store, key in
            _ = try await open(store)
            try FileManager.default.moveItem(atPath: key, toPath: key + ".away")
            #expect(await refusal(store) == .masterKeyMissing)
            #expect(!FileManager.default.fileExists(atPath: key))
            let text = try String(contentsOfFile: key + ".away", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(await refusal(store, .given(try MasterKey(parsing: Secret(text)))) == nil)
            #expect(await refusal(store, .given(try MasterKey(parsing: MasterKey.generateText()))) == .masterKeyMismatch)
            let both = Secret(MasterKey.generateText().expose { "\($0),\(text)" })
            #expect(await refusal(store, .given(try MasterKey(parsing: both))) == nil)
        }
    }

    @Test func `is a plain file with a key in it`() async throws {
        try await inFolder { store, key in
            try FileManager.default.createSymbolicLink(atPath: key, withDestinationPath: "/dev/zero")
            #expect(await refusal(store) == .masterKeyMissing)
            try FileManager.default.removeItem(atPath: key)
            try FileManager.default.createDirectory(atPath: key, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            #expect(await refusal(store) == .masterKeyMissing)
            try FileManager.default.removeItem(atPath: key)
            #expect(mkfifo(key, 0o600) == 0)
            #expect(await refusal(store) == .masterKeyMissing)
            try FileManager.default.removeItem(atPath: key)
            for (text, code) in [("", GatehouseError.Code.masterKeyMissing), ("short", .configurationInvalid), (" \n", .masterKeyMissing)] {
                _ = FileManager.default.createFile(atPath: key, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
                #expect(await refusal(store) == code, "\(text.debugDescription)")
            }
        }
    }

    @Test func `that is given leaves no file behind`() async throws {
        try await inFolder { store, key in
            let given = try MasterKey(parsing: MasterKey.generateText())
            _ = try await open(store, .given(given))
            #expect(!FileManager.default.fileExists(atPath: key))
            #expect(await refusal(store) == .masterKeyMissing)
            #expect(await refusal(store, .given(given)) == nil)
        }
    }

    @Test func `keeps sessions and tokens good over a restart`() async throws {
        try await inFolder { store, _ in
            var plan = Site.Plan(hasRunningClock: true)
            plan.store = try SQLiteDriver(path: store)
            let people = Box()
            try await Site.with(plan) { people.person = try await $0.signIn() }
            plan.store = try SQLiteDriver(path: store)
            try await Site.with(plan) { site in
                let person = try #require(people.person)
                #expect(try await site.isSignedIn(cookie: person.cookie))
                #expect(try await site.isSignedIn(bearer: person.bearer))
                #expect(try await site.post("/api/auth/refresh", json: #"{"refresh_token":"\#(person.refreshToken)"}"#).status == 200)
                let keys = try await site.get("/.well-known/jwks.json")
                #expect(keys["Content-Type"] == "application/jwk-set+json" && !keys.text.contains("\"d\""), "\(keys)")
            }
        }
    }

    @Test func `that was given up keeps no withdrawn signing key alive`() async throws {
        try await inFolder { store, _ in
            let (old, new) = (MasterKey.generateText(), MasterKey.generateText())
            var plan = Site.Plan(store: try SQLiteDriver(path: store))
            plan.settings = { $0.masterKey = (try? .given(MasterKey(parsing: old))) ?? .automatic }
            try await Site.with(plan) { site in
                let person = try await site.signIn()
                #expect(try await site.isSignedIn(bearer: person.bearer))
                let tool = try await Accounts.open(
                    driver: SQLiteDriver(path: store), masterKey: MasterKey(parsing: old), mode: .tool, clock: site.clock.clock)
                try await tool.resealing.reseal(under: MasterKey(parsing: new))
                try await tool.signingKeys.retire(kid: try #require(try tool.signingKeys.ring.signingKey).kid)
                #expect(try await eventually { try await site.get("/api/v1/auth/me", ["Authorization": person.bearer]).code == "invalid_token" })
                #expect(try await site.isSignedIn(cookie: person.cookie))
                let refused = try await site.post("/api/auth/login", json: #"{"username":"ada","password":"\#(Site.password)"}"#)
                #expect(refused.status == 503 && refused.code == "keys_unavailable" && refused["Retry-After"] != nil, "\(refused)")
                let ready = try await site.get("/api/readyz")
                #expect(ready.status == 503 && ready.text.contains(#""keys":"unusable""#), "\(ready)")
            }
        }
    }

    private final class Box {
        var person: Site.SignedIn?
    }
}

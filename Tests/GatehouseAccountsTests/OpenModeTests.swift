import Foundation
import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import GatehouseTokens
import Synchronization
import Testing

/// Tools that must change nothing, and what runs in the background.
@Suite struct OpenModeTests {
    @Test func `a reading tool sees everything and changes not a byte`() async throws {
        try await Fixture.with { fixture in
            let (user, key, text) = try await fixture.makeKey()
            let session = try await fixture.start()
            try await fixture.accounts.links.link(user: user.id, provider: "proxy", subject: "a", in: .everyTenant)
            await fixture.driver.checkpoint()
            let before = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
            let reader = try await fixture.anotherProcess(mode: .readOnly, driver: try SQLiteDriver(readingOnly: fixture.path))
            let accounts = reader.accounts
            #expect(try await accounts.apiKeys.find(text.text)?.key == key)
            #expect(try await accounts.sessions.find(cookieSecret: try #require(session.cookieSecret).text) != nil)
            #expect(try await accounts.people.find(user: user.id)?.rights.roles == ["clerk"])
            #expect(try await accounts.links.find(provider: "proxy", subject: "a")?.id == user.id)
            #expect(try await accounts.roles.permissions(of: ["clerk"], in: .default).permissions == ["orders.read", "orders.write"])
            #expect(try await accounts.users.find(name: "ada", in: .everyTenant)?.id == user.id)
            #expect(try accounts.signingKeys.ring.signingKey != nil)
            let refusals = [
                await refusalOf { try await accounts.apiKeys.revoke(key.id, in: .everyTenant) },
                await refusalOf { _ = try await accounts.signingKeys.rotate() },
                await refusalOf { _ = try await accounts.signIns.verify(name: "ada", password: Fixture.password, address: nil) },
            ]
            #expect(refusals.map { $0?.code } == [.storeUnavailable, .storeUnavailable, .storeUnavailable])
            await reader.driver.checkpoint()
            #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.path)) == before)
        }
    }

    @Test func `a reading tool refuses a store that is missing, foreign, older or newer, with the remedy`() async throws {
        try await Fixture.with { fixture in
            let missing = #expect(throws: GatehouseError.self) { try SQLiteDriver(readingOnly: fixture.path + ".none") }
            #expect(missing?.code == .storeUnavailable && missing?.message.contains(fixture.path + ".none") == true)
            #expect(!FileManager.default.fileExists(atPath: fixture.path + ".none"))
            func refusal() async -> GatehouseError? { await refusalOf { _ = try await fixture.anotherProcess(mode: .readOnly) } }
            for (version, code, remedy) in [
                (99, GatehouseError.Code.storeTooNew, "newer Gatehouse"), (1, .storeUnavailable, "Start the server"),
            ] {
                try await fixture.driver.write { transaction throws(GatehouseError) in
                    try transaction.run("DELETE FROM migrations WHERE version > 1")
                    if version > 1 {
                        try transaction.run("INSERT INTO migrations (version, name, applied_at) VALUES (\(version), 'x', 0)")
                    }
                }
                let refused = await refusal()
                #expect(refused?.code == code && refused?.message.contains(remedy) == true)
                let asked = await refusalOf { _ = try await Accounts.hasSealedRows(in: fixture.driver, mode: .readOnly) }
                #expect(asked?.code == code)
            }
            let empty = try SQLiteDriver.inMemory()
            let refused = await refusalOf { _ = try await Accounts.open(driver: empty, masterKey: fixture.masterKey, mode: .readOnly) }
            #expect(refused?.code == .storeUnavailable && refused?.message.contains("start the server") == true)
        }
    }

    @Test func `a background task says once that it fails, and once that it works again`() async throws {
        try await Fixture.with { fixture in
            let told = Mutex<[String]>([])
            let hooks = Hooks(onTrouble: { trouble in
                told.withLock { $0.append("\(trouble.task.rawValue) \(trouble.error.map { "\($0.code)" } ?? "works")") }
            })
            let process = try await fixture.anotherProcess(hooks: hooks)
            let (watcher, rotation) = (process.accounts.changeWatcher(), process.accounts.signingKeyRotation())
            await watcher.look()
            #expect(told.withLock { $0 }.isEmpty)
            try await fixture.driver.write { transaction throws(GatehouseError) in
                try transaction.run("ALTER TABLE changes RENAME TO gone")
                try transaction.run("ALTER TABLE signing_keys RENAME TO gone_too")
            }
            for _ in 0..<3 {
                await watcher.look()
                await rotation.look()
            }
            #expect(told.withLock { $0 } == ["change_watcher store_unavailable", "signing_key_rotation store_unavailable"])
            try await fixture.driver.write { transaction throws(GatehouseError) in
                try transaction.run("ALTER TABLE gone RENAME TO changes")
                try transaction.run("ALTER TABLE gone_too RENAME TO signing_keys")
            }
            for _ in 0..<3 {
                await watcher.look()
                await rotation.look()
            }
            #expect(told.withLock { $0 }.dropFirst(2) == ["change_watcher works", "signing_key_rotation works"])
        }
    }
}

import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import GatehouseTokens
import Synchronization
import Testing

/// The root secret, and another master key for what is sealed.
@Suite struct SealingTests {
    private let old = MasterKey.generateText()
    private let new = MasterKey.generateText()

    private func key(_ texts: Secret<String>...) throws -> MasterKey {
        try MasterKey(parsing: Secret(texts.map(\.text).joined(separator: ",")))
    }

    @Test func `processes that start together on a new file derive the same`() async throws {
        try await Fixture.with { fixture in
            let (path, key) = (fixture.path + ".new", fixture.masterKey)
            let derived = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await Accounts.open(driver: SQLiteDriver(path: path), masterKey: key).derived("csrf")
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(derived.count == 1)
            #expect(fixture.accounts.derived("csrf") == fixture.accounts.derived("csrf"))
            #expect(fixture.accounts.derived("csrf") != fixture.accounts.derived("other"))
            #expect(derived != [fixture.accounts.derived("csrf")])
        }
    }

    @Test func `another master key changes nothing but the sealing, and the old one is needed no more`() async throws {
        try await Fixture.with { fixture in
            let driver = try SQLiteDriver(path: fixture.path + ".new")
            let before = try await Accounts.open(driver: driver, masterKey: key(old), clock: fixture.clock.clock)
            _ = try await before.signingKeys.rotate(now: true)
            _ = try await before.signingKeys.rotate()
            let tool = try await Accounts.open(driver: driver, masterKey: key(old), mode: .tool, clock: fixture.clock.clock)
            // Three signing keys and the root secret.
            #expect(try await tool.resealing.reseal(under: key(new, old)) == 4)
            #expect(try await tool.resealing.reseal(under: key(new, old)) == 0)
            let after = try await Accounts.open(driver: driver, masterKey: key(new), clock: fixture.clock.clock)
            #expect(after.derived("csrf") == before.derived("csrf"))
            #expect(try after.signingKeys.ring.verificationKeys.map(\.kid) == before.signingKeys.ring.verificationKeys.map(\.kid))
            let refusal = await refusalOf { _ = try await Accounts.open(driver: driver, masterKey: key(old)) }
            #expect(refusal?.code == .masterKeyMismatch && refusal?.message.contains("GATEHOUSE_MASTER_KEY") == true)
        }
    }

    @Test func `a refresh token works on under another master key`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let token = try #require(try await fixture.start(.token).refreshToken)
            let child = try await fixture.accounts.sessions.refresh(token).refreshToken
            let newKey = try key(new)
            try await fixture.accounts.resealing.reseal(under: newKey)
            let after = try await fixture.anotherProcess(masterKey: newKey)
            // Within the grace the same child again.
            #expect(try await after.accounts.sessions.refresh(token).refreshToken.text == child.text)
        }
    }

    @Test func `a server that runs works on, and reads the key anew when it meets a row that it cannot open`() async throws {
        try await Fixture.with { fixture in
            let newKey = try key(new)
            let given = Mutex<MasterKey?>(nil)
            let asked = Mutex(0)
            let hooks = Hooks(reloadMasterKey: { () throws(GatehouseError) in
                asked.withLock { $0 += 1 }
                return given.withLock { $0 }
            })
            let running = try await fixture.anotherProcess(hooks: hooks)
            await running.look()
            let kid = try running.kid()
            try await fixture.accounts.resealing.reseal(under: newKey)
            // Whatever else changes, what it has opened it has.
            try await fixture.accounts.roles.define("a", permissions: [])
            await running.look()
            #expect(try running.kid() == kid && asked.withLock { $0 } == 0)
            // A row that it cannot open: it asks, gets nothing, and keeps what it has.
            let next = try await fixture.accounts.signingKeys.rotate(now: true).kid
            await running.look()
            #expect(try running.kid() == kid && asked.withLock { $0 } == 1)
            #expect(running.accounts.people.cached(user: "x") == nil)
            given.withLock { $0 = newKey }
            await running.look()
            #expect(try running.kid() == next)
        }
    }

    @Test func `a signing key that was withdrawn is gone from a server that cannot open the one in its place`() async throws {
        try await Fixture.with { fixture in
            let newKey = try key(new)
            let given = Mutex<MasterKey?>(nil)
            let heard = Mutex<[GatehouseError.Code?]>([])
            let hooks = Hooks(
                reloadMasterKey: { () throws(GatehouseError) in given.withLock { $0 } },
                onTrouble: { trouble in heard.withLock { $0.append(trouble.error?.code) } })
            let running = try await fixture.anotherProcess(hooks: hooks)
            let rings = Mutex<[KeyRing]>([])
            running.accounts.signingKeys.follow { ring in rings.withLock { $0.append(ring) } }
            let watcher = running.accounts.changeWatcher()
            await watcher.look()
            let withdrawn = try running.kid()
            try await fixture.accounts.resealing.reseal(under: newKey)
            try await fixture.accounts.signingKeys.retire(kid: withdrawn)
            for _ in 0..<3 { await watcher.look() }
            // It cannot sign, and takes what the others sign.
            let ring = try running.accounts.signingKeys.ring
            let signing = try fixture.kid()
            #expect(ring.signingKey == nil && ring.verificationKeys.map(\.kid) == [signing])
            #expect(running.accounts.signingKeys.failure?.code == .masterKeyMismatch)
            #expect(heard.withLock { $0 } == [.masterKeyMismatch])
            #expect(rings.withLock { $0.last?.signingKey } == nil)
            given.withLock { $0 = newKey }
            await watcher.look()
            let current = try fixture.kid()
            #expect(try running.kid() == current)
            #expect(rings.withLock { $0.last?.signingKey?.kid } == current)
            #expect(running.accounts.signingKeys.failure == nil && heard.withLock { $0 } == [.masterKeyMismatch, nil])
        }
    }

    @Test func `nothing is sealed under a key that was given up`() async throws {
        try await Fixture.with { fixture in
            let newKey = try key(new)
            let given = Mutex<MasterKey?>(nil)
            let hooks = Hooks(reloadMasterKey: { () throws(GatehouseError) in given.withLock { $0 } })
            let running = try await fixture.anotherProcess(hooks: hooks)
            try await fixture.accounts.resealing.reseal(under: newKey)
            #expect(await refusalOf { _ = try await running.accounts.signingKeys.rotate() }?.code == .masterKeyMismatch)
            #expect(try await fixture.accounts.signingKeys.list().count == 1)
            given.withLock { $0 = newKey }
            _ = try await running.accounts.signingKeys.rotate()
            let after = try await fixture.anotherProcess(masterKey: newKey)
            #expect(try await after.accounts.signingKeys.list().count == 2)
        }
    }

    @Test func `resealing changes all or nothing`() async throws {
        try await Fixture.with { fixture in
            try await fixture.breakStore("BEFORE UPDATE ON secrets")
            let newKey = try key(new)
            #expect(await refusalOf { try await fixture.accounts.resealing.reseal(under: newKey) }?.code == .storeUnavailable)
            try await fixture.mendStore()
            _ = try await fixture.anotherProcess()
            try await fixture.accounts.resealing.reseal(under: newKey)
            _ = try await fixture.anotherProcess(masterKey: newKey)
        }
    }

    @Test func `a store with nothing but its root secret does not start under another key`() async throws {
        let own = try SigningKey.generate(.ES256)
        try await Fixture.with({ $0.signing.key = own }) { fixture in
            #expect(try await Accounts.hasSealedRows(in: fixture.driver))
            let wrong = try key(new)
            for mode in [Accounts.OpenMode.server, .tool, .readOnly] {
                let refusal = await refusalOf { _ = try await fixture.anotherProcess(masterKey: wrong, mode: mode) { $0.signing.key = own } }
                #expect(refusal?.code == .masterKeyMismatch)
            }
        }
    }

    @Test func `a secret that is put into another row does not open`() async throws {
        try await Fixture.with { fixture in
            try await fixture.driver.write { transaction throws(GatehouseError) in
                try transaction.run(
                    "UPDATE signing_keys SET sealed_private = (SELECT sealed FROM secrets WHERE name = 'root')")
            }
            #expect(await refusalOf { _ = try await fixture.anotherProcess() }?.code == .masterKeyMismatch)
        }
    }

    @Test func `a store of before the root secret gets one, under the key that opens it alone`() async throws {
        try await Fixture.with { fixture in
            try await fixture.driver.write { transaction throws(GatehouseError) in try transaction.run("DELETE FROM secrets") }
            let wrong = try key(new)
            #expect(await refusalOf { _ = try await fixture.anotherProcess(masterKey: wrong) }?.code == .masterKeyMismatch)
            let one = try await fixture.anotherProcess()
            #expect(try await fixture.anotherProcess().accounts.derived("csrf") == one.accounts.derived("csrf"))
        }
    }
}

extension Accounts {
    fileprivate func derived(_ label: String) -> String { derive(label: label).expose { Base64URL.encode($0) } }
}

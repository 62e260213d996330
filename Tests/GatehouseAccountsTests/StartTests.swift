import Foundation
import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import GatehouseTokens
import Synchronization
import Testing

/// What a store begins with: the first administrator and the signing key.
@Suite struct StartTests {
    @Test func `a new store gets an administrator with the given password`() async throws {
        try await Fixture.with { fixture in
            let outcome = try await fixture.accounts.firstAdministrator.ensure(password: Fixture.password)
            guard case .given = outcome else { return #expect(Bool(false), "\(outcome)") }
            let admin = try await fixture.signIn("admin")
            #expect(!admin.mustChangePassword)
            let session = try await fixture.accounts.sessions.start(for: admin, kind: .cookie).session
            #expect(session.roles == [.admin])
            #expect(session.principal.holds("anything.at.all"))
        }
    }

    @Test func `without a password it gets a random one that must be changed`() async throws {
        try await Fixture.with { fixture in
            let outcome = try await fixture.accounts.firstAdministrator.ensure()
            guard case .random(let password) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(password.text.utf8.count == 24)
            #expect(!"\(outcome)".contains(password.text))
            #expect(await fixture.refusal("admin", password.text)?.code == .passwordChangeRequired)
            _ = try await fixture.signIn("admin", password.text, new: "another long enough phrase")
        }
    }

    @Test func `a random password that cannot be told makes no administrator`() async throws {
        try await Fixture.with { fixture in
            let administrator = fixture.accounts.firstAdministrator
            let lost = Mutex("")
            let refusal = await refusalOf {
                _ = try await administrator.ensure { password throws(GatehouseError) in
                    lost.withLock { $0 = password.text }
                    throw GatehouseError(.configurationInvalid, "nowhere to write it")
                }
            }
            #expect(refusal?.code == .configurationInvalid)
            let users = try await fixture.accounts.users.list(in: .everyTenant)
            #expect(users.isEmpty && fixture.audit.events("user.created").isEmpty)
            let told = Mutex("")
            guard case .random(let password) = try await administrator.ensure(tell: { password in told.withLock { $0 = password.text } })
            else { return #expect(Bool(false), "no administrator was made") }
            #expect(told.withLock { $0 } == password.text && lost.withLock { $0 } != password.text)
            #expect(await fixture.refusal("admin", password.text)?.code == .passwordChangeRequired)
        }
    }

    @Test func `a given password, and that of an administrator made elsewhere, is told nobody`() async throws {
        try await Fixture.with { fixture in
            let tells = Mutex(0)
            let administrator = fixture.accounts.firstAdministrator
            for _ in 0..<2 {
                _ = try await administrator.ensure(password: Fixture.password) { _ in tells.withLock { $0 += 1 } }
                _ = try await administrator.ensure { _ in tells.withLock { $0 += 1 } }
            }
            #expect(tells.withLock { $0 } == 0)
        }
    }

    @Test(arguments: ["", "elevenchars", "password1234", "admin-admin-1", String(repeating: "x1", count: 65)])
    func `a given password that may not be set does not start`(_ password: String) async throws {
        try await Fixture.with { fixture in
            let refusal = await refusalOf { _ = try await fixture.accounts.firstAdministrator.ensure(password: Secret(password)) }
            #expect(refusal?.code == .configurationInvalid)
            #expect(refusal?.message.contains("GATEHOUSE_ADMIN_PASSWORD") == true)
            #expect(password.isEmpty || refusal?.message.contains(password) == false)
        }
    }

    @Test func `a store that has or had a user gets none`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            try await fixture.expectNoAdministrator()
            try await fixture.driver.write { transaction throws(GatehouseError) in
                try transaction.run("DELETE FROM users")
                try transaction.run("DELETE FROM account_names")
            }
            try await fixture.expectNoAdministrator()
        }
    }

    @Test func `of processes that start together one makes the administrator`() async throws {
        try await Fixture.with { fixture in
            let other = try await fixture.anotherProcess()
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10 {
                    let administrator = (number % 2 == 0 ? fixture : other).accounts.firstAdministrator
                    group.addTask {
                        if case .none = try await administrator.ensure() { false } else { true }
                    }
                }
                return try await group.reduce(0) { $1 ? $0 + 1 : $0 }
            }
            #expect(made == 1)
            #expect(try await fixture.accounts.users.list(in: .everyTenant).map(\.username) == ["admin"])
        }
    }

    @Test func `processes that start together on a new file share one signing key`() async throws {
        try await Fixture.with { fixture in
            let path = fixture.path + ".new"
            let key = fixture.masterKey
            let kids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await Accounts.open(driver: SQLiteDriver(path: path), masterKey: key).signingKeys.ring.signingKey?.kid
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(kids.count == 1)
            #expect(kids.first != .some(nil))
        }
    }

    @Test(arguments: [SigningAlgorithm.ES256, .EdDSA, .HS256, .RS256])
    func `the key is of the algorithm that is set, and stays`(_ algorithm: SigningAlgorithm) async throws {
        try await Fixture.with({ $0.signing.algorithm = algorithm }) { fixture in
            let key = try #require(try fixture.accounts.signingKeys.ring.signingKey)
            #expect(key.algorithm == algorithm)
            let again = try await fixture.anotherProcess { $0.signing.algorithm = algorithm }
            #expect(try again.accounts.signingKeys.ring.signingKey?.kid == key.kid)
        }
    }

    @Test func `after a change of algorithm older tokens verify on, and other processes learn the new key`() async throws {
        try await Fixture.with { fixture in
            let old = try #require(try fixture.accounts.signingKeys.ring.signingKey)
            await fixture.accounts.changeWatcher().look()
            let other = try await fixture.anotherProcess { $0.signing.algorithm = .EdDSA }
            let ring = try other.accounts.signingKeys.ring
            #expect(ring.signingKey?.algorithm == .EdDSA)
            #expect(ring.verificationKeys.map(\.kid).contains(old.kid))
            await fixture.accounts.changeWatcher().look()
            #expect(try fixture.accounts.signingKeys.ring.signingKey?.kid == ring.signingKey?.kid)
            // As long as a session may last, and an hour.
            fixture.clock.advance(.seconds(30 * 24 * 3600 + 3600) - .microseconds(1))
            let last = try await fixture.anotherProcess { $0.signing.algorithm = .EdDSA }
            #expect(try last.accounts.signingKeys.ring.verificationKeys.map(\.kid).contains(old.kid))
            fixture.clock.advance(.microseconds(1))
            let later = try await fixture.anotherProcess { $0.signing.algorithm = .EdDSA }
            #expect(try later.accounts.signingKeys.ring.verificationKeys.map(\.kid) == [ring.signingKey?.kid])
        }
    }

    @Test func `a key of one's own signs, and none is stored`() async throws {
        let own = try SigningKey.generate(.ES256)
        try await Fixture.with({ $0.signing.key = own }) { fixture in
            let ring = try fixture.accounts.signingKeys.ring
            #expect(ring.signingKey?.kid == own.kid)
            #expect(try await fixture.accounts.signingKeys.list().map(\.kid) == [own.kid])
        }
    }

    @Test func `a key of one's own retires the one that was made, which runs out`() async throws {
        let own = try SigningKey.generate(.ES256)
        try await Fixture.with { fixture in
            let made = try #require(try fixture.accounts.signingKeys.ring.signingKey).kid
            let other = try await fixture.anotherProcess { $0.signing.key = own }
            #expect(try other.accounts.signingKeys.ring.signingKey?.kid == own.kid)
            #expect(try other.accounts.signingKeys.ring.verificationKeys.map(\.kid).contains(made))
            // A process that still runs without that key signs on with the one it has.
            await fixture.accounts.changeWatcher().look()
            #expect(try fixture.accounts.signingKeys.ring.signingKey?.kid == made)
            fixture.clock.advance(.seconds(30 * 24 * 3600 + 3600))
            let later = try await fixture.anotherProcess { $0.signing.key = own }
            #expect(try later.accounts.signingKeys.ring.verificationKeys.map(\.kid) == [own.kid])
            let without = try await fixture.anotherProcess()
            let kids = try without.accounts.signingKeys.ring.verificationKeys.map(\.kid)
            #expect(kids.count == 1 && kids != [made] && kids != [own.kid])
        }
    }

    @Test func `a tool neither makes nor retires a key`() async throws {
        try await Fixture.with { fixture in
            let kid = try #require(try fixture.accounts.signingKeys.ring.signingKey).kid
            let own = try SigningKey.generate(.ES256)
            _ = try await fixture.anotherProcess(mode: .tool) { $0.signing.algorithm = .EdDSA }
            _ = try await fixture.anotherProcess(mode: .tool) { $0.signing.key = own }
            let later = try await fixture.anotherProcess()
            #expect(try later.accounts.signingKeys.ring.verificationKeys.map(\.kid) == [kid])
            let empty = try SQLiteDriver.inMemory()
            let accounts = try await Accounts.open(driver: empty, masterKey: fixture.masterKey, mode: .tool)
            #expect(await refusalOf { _ = try accounts.signingKeys.ring }?.code == .keysUnavailable)
            #expect(try await !Accounts.hasSealedRows(in: empty))
        }
    }

    @Test func `once it started with a new master key the old one is needed no more`() async throws {
        let (old, new) = (MasterKey.generateText(), MasterKey.generateText())
        func parsed(_ texts: Secret<String>...) throws -> MasterKey {
            try MasterKey(parsing: Secret(texts.map(\.text).joined(separator: ",")))
        }
        try await Fixture.with { fixture in
            let driver = try SQLiteDriver(path: fixture.path + ".new")
            // Two keys, of which one is retired.
            let first = try await Accounts.open(driver: driver, masterKey: parsed(old))
            let retired = try #require(try first.signingKeys.ring.signingKey).kid
            var settings = AccountSettings()
            settings.signing.algorithm = .EdDSA
            let kids = try await Accounts.open(driver: driver, masterKey: parsed(old), settings: settings)
                .signingKeys.ring.verificationKeys.map(\.kid)
            #expect(kids.count == 2 && kids.contains(retired))
            _ = try await Accounts.open(driver: driver, masterKey: parsed(new, old), settings: settings, mode: .tool)
            await #expect(throws: GatehouseError.self) {
                _ = try await Accounts.open(driver: driver, masterKey: parsed(new), settings: settings)
            }
            for key in [try parsed(new, old), try parsed(new)] {
                let accounts = try await Accounts.open(driver: driver, masterKey: key, settings: settings)
                #expect(try accounts.signingKeys.ring.verificationKeys.map(\.kid) == kids)
            }
        }
    }

    @Test func `another master key does not start, and the error says what to do`() async throws {
        try await Fixture.with { fixture in
            let wrong = try MasterKey(parsing: MasterKey.generateText())
            let refusal = await refusalOf { _ = try await fixture.anotherProcess(masterKey: wrong) }
            #expect(refusal?.code == .masterKeyMismatch)
            #expect(refusal?.message.contains("GATEHOUSE_MASTER_KEY") == true)
            #expect(try await Accounts.hasSealedRows(in: fixture.driver))
        }
    }

    @Test func `another master key changes no key before it is refused`() async throws {
        let own = try SigningKey.generate(.ES256)
        try await Fixture.with { fixture in
            let kid = try fixture.accounts.signingKeys.ring.signingKey?.kid
            let wrong = try MasterKey(parsing: MasterKey.generateText())
            let refusals = [
                await refusalOf { _ = try await fixture.anotherProcess(masterKey: wrong) { $0.signing.algorithm = .EdDSA } },
                await refusalOf { _ = try await fixture.anotherProcess(masterKey: wrong) { $0.signing.key = own } },
            ]
            #expect(refusals.map { $0?.code } == [.masterKeyMismatch, .masterKeyMismatch])
            let again = try await fixture.anotherProcess()
            #expect(try again.accounts.signingKeys.ring.verificationKeys.map(\.kid) == [kid])
        }
    }

    @Test func `a sealed key that is put into another row does not open`() async throws {
        try await Fixture.with { fixture in
            try await fixture.driver.write { transaction throws(GatehouseError) in
                try transaction.run("UPDATE signing_keys SET id = 'moved'")
            }
            #expect(await refusalOf { _ = try await fixture.anotherProcess() }?.code == .masterKeyMismatch)
        }
    }

    @Test func `a new store holds nothing that is sealed`() async throws {
        let driver = try SQLiteDriver.inMemory()
        #expect(try await !Accounts.hasSealedRows(in: driver))
    }
}

extension Fixture {
    fileprivate func expectNoAdministrator() async throws {
        let outcome = try await accounts.firstAdministrator.ensure(password: Self.password)
        guard case .none = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(await refusal("admin", Self.password.text)?.code == .invalidCredentials)
    }
}

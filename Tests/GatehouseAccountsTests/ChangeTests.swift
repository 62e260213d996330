import Foundation
import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import GatehouseSQLite
import Logging
import ServiceLifecycle
import Testing

/// What one process changes the others obey.
@Suite struct ChangeTests {
    @Test func `a cached session counts for a second after its process last looked at the store`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let secret = try #require(try await fixture.start().cookieSecret).text
            let sessions = fixture.accounts.sessions
            _ = try await sessions.find(cookieSecret: secret)
            #expect(sessions.cached(cookieSecret: secret) == nil)
            await fixture.accounts.changeWatcher().look()
            _ = try await sessions.find(cookieSecret: secret)
            fixture.clock.advance(.seconds(1) - .microseconds(1))
            #expect(sessions.cached(cookieSecret: secret) != nil)
            fixture.clock.advance(.microseconds(1))
            #expect(sessions.cached(cookieSecret: secret) == nil)
            fixture.clock.advance(.seconds(-3600))
            #expect(sessions.cached(cookieSecret: secret) == nil)
        }
    }

    enum Change: CaseIterable {
        case end, endByToken, endAll, disable, setPassword, changePassword
    }

    @Test(arguments: Change.allCases)
    func `what ends a session is obeyed here at once and elsewhere at the next look`(_ change: Change) async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let started = try await fixture.start()
            let another = try await fixture.start()
            let secret = try #require(started.cookieSecret).text
            let other = try await fixture.anotherProcess()
            for process in [fixture, other] {
                await process.accounts.changeWatcher().look()
                _ = try await process.accounts.sessions.find(cookieSecret: secret)
                #expect(process.accounts.sessions.cached(cookieSecret: secret) != nil)
            }
            let accounts = fixture.accounts
            switch change {
            case .end: try await accounts.sessions.end(id: started.session.id)
            case .endByToken: try await accounts.sessions.end(refreshToken: try #require(started.refreshToken))
            case .endAll: try await accounts.sessions.endAll(of: ada.id)
            case .disable: try await accounts.users.disable(id: ada.id, in: .everyTenant)
            case .setPassword: try await accounts.users.setPassword(Secret("another long enough phrase"), of: ada.id, in: .everyTenant)
            case .changePassword:
                _ = try await accounts.passwords.change(
                    in: another.session, current: Fixture.password, new: Secret("another long enough phrase"), address: nil)
            }
            #expect(accounts.sessions.cached(cookieSecret: secret) == nil)
            await other.accounts.changeWatcher().look()
            #expect(other.accounts.sessions.cached(cookieSecret: secret) == nil)
            for process in [fixture, other] {
                let found = try await process.accounts.sessions.find(cookieSecret: secret)
                #expect(found == nil)
            }
        }
    }

    @Test func `other roles and permissions are obeyed here at once and elsewhere at the next look`() async throws {
        try await Fixture.with { fixture in
            try await fixture.accounts.roles.define("editor", permissions: ["orders.read"])
            let ada = try await fixture.makeUser(roles: ["editor"])
            let id = try await fixture.start().session.id
            let other = try await fixture.anotherProcess()
            for process in [fixture, other] {
                await process.accounts.changeWatcher().look()
                _ = try await process.accounts.sessions.find(id: id)
            }
            try await fixture.accounts.roles.define("editor", permissions: ["orders.write"])
            #expect(try await fixture.accounts.sessions.find(id: id)?.permissions == ["orders.write"])
            await other.accounts.changeWatcher().look()
            #expect(try await other.accounts.sessions.find(id: id)?.permissions == ["orders.write"])
            try await other.accounts.users.setRoles([], of: ada.id)
            await fixture.accounts.changeWatcher().look()
            #expect(try await fixture.accounts.sessions.find(id: id)?.permissions == [])
        }
    }

    @Test func `a watcher that runs obeys another process within a second`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let id = try await fixture.start().session.id
            let other = try await fixture.anotherProcess()
            let watcher = other.accounts.changeWatcher()
            let group = ServiceGroup(services: [watcher], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await until { try await other.accounts.sessions.find(id: id) != nil && other.accounts.sessions.cached(id: id) != nil }
                let began = ContinuousClock.now
                try await fixture.accounts.sessions.end(id: id)
                try await until { other.accounts.sessions.cached(id: id) == nil || began.duration(to: .now) >= .seconds(1) }
                #expect(other.accounts.sessions.cached(id: id) == nil)
                let found = try await other.accounts.sessions.find(id: id)
                #expect(found == nil)
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `a process whose watcher runs obeys the end of a key, of a signing key and of a role within a second`() async throws {
        try await Fixture.with { fixture in
            let (user, key, text) = try await fixture.makeKey()
            let other = try await fixture.anotherProcess()
            let group = ServiceGroup(services: [other.accounts.changeWatcher()], logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                for change in 0..<3 {
                    try await until {
                        _ = try await other.accounts.people.find(user: user.id)
                        _ = change == 2 ? nil : try await other.accounts.apiKeys.find(text.text)
                        return other.accounts.people.cached(user: user.id) != nil
                    }
                    let began = ContinuousClock.now
                    switch change {
                    case 0: _ = try await fixture.accounts.signingKeys.rotate(now: true)
                    case 1: try await fixture.accounts.apiKeys.revoke(key.id, in: .everyTenant)
                    default: try await fixture.accounts.roles.remove(["clerk"], from: user.id, in: .default)
                    }
                    let isObeyed = { () async throws -> Bool in
                        switch change {
                        case 0: try other.kid() == fixture.kid()
                        case 1: other.accounts.apiKeys.cached(text.text) == nil
                        default: other.accounts.people.cached(user: user.id)?.rights.roles.isEmpty ?? true
                        }
                    }
                    try await until { try await isObeyed() || began.duration(to: .now) >= .seconds(1) }
                    #expect(try await isObeyed(), "\(change)")
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `a look-up that began before a change does not bring the old state back`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            for _ in 0..<30 {
                let id = try await fixture.start().session.id
                await fixture.accounts.changeWatcher().look()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 { group.addTask { _ = try await fixture.accounts.sessions.find(id: id) } }
                    group.addTask { try await fixture.accounts.sessions.end(id: id) }
                    try await group.waitForAll()
                }
                #expect(fixture.accounts.sessions.cached(id: id) == nil)
            }
        }
    }

    /// Waits until `condition` holds, ten seconds at most.
    private func until(_ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while try await !condition() {
            guard ContinuousClock.now < end else { throw GatehouseError(.internalError, "the condition never held") }
            await Task.yield()
        }
    }
}

/// All bytes of a database, its log included.
func storedBytes(_ path: String) throws -> [UInt8] {
    try [path, path + "-wal"].flatMap { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
}

import Dispatch
import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import Testing

@Suite struct RefreshTests {
    @Test func `each token is exchanged for the next of one session`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let started = try await fixture.start(.token)
            var token = try #require(started.refreshToken)
            var seen: Set<String> = [token.text]
            for _ in 0..<5 {
                let refreshed = try await fixture.accounts.sessions.refresh(token)
                #expect(refreshed.session.id == started.session.id)
                #expect(refreshed.refreshToken.text.utf8.count == 43)
                #expect(seen.insert(refreshed.refreshToken.text).inserted)
                token = refreshed.refreshToken
                fixture.clock.advance(.seconds(900))
            }
        }
    }

    @Test func `a replay within ten seconds gives the same child`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let token = try #require(try await fixture.start(.token).refreshToken)
            let child = try await fixture.accounts.sessions.refresh(token).refreshToken
            fixture.clock.advance(.seconds(10) - .microseconds(1))
            #expect(try await fixture.accounts.sessions.refresh(token).refreshToken.text == child.text)
            _ = try await fixture.accounts.sessions.refresh(child)
        }
    }

    @Test(arguments: [Duration.seconds(10), .seconds(1000)])
    func `a replay after that ends the session and is audited`(_ delay: Duration) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let started = try await fixture.start(.cookie)
            let token = try #require(started.refreshToken)
            let child = try await fixture.accounts.sessions.refresh(token).refreshToken
            fixture.clock.advance(delay)
            await #expect(fixture.refuses(token))
            await #expect(fixture.refuses(child))
            #expect(try await fixture.accounts.sessions.find(cookieSecret: started.cookieSecret?.text ?? "") == nil)
            #expect(fixture.audit.events("refresh.reused").map(\.subject) == [started.session.id])
        }
    }

    @Test(arguments: [10, 3600])
    func `a clock set back does not prolong the grace`(_ seconds: Int) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let token = try #require(try await fixture.start(.token).refreshToken)
            let child = try await fixture.accounts.sessions.refresh(token).refreshToken
            fixture.clock.advance(.seconds(-seconds))
            await #expect(fixture.refuses(token))
            await #expect(fixture.refuses(child))
        }
    }

    @Test func `a refresh that fails leaves nothing to believe in the cache`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let started = try await fixture.start(.cookie)
            let sessions = fixture.accounts.sessions
            await fixture.accounts.changeWatcher().look()
            _ = try await sessions.find(id: started.session.id)
            #expect(sessions.cached(id: started.session.id) != nil)
            try await fixture.breakStore("BEFORE UPDATE ON refresh_tokens")
            let refusal = await refusalOf { _ = try await sessions.refresh(try #require(started.refreshToken)) }
            #expect(refusal?.code == .storeUnavailable)
            #expect(sessions.cached(id: started.session.id) == nil)
        }
    }

    @Test func `an unknown token does not wait for whoever writes`() async throws {
        try await Fixture.with { fixture in
            let other = try SQLiteDriver(path: fixture.path)
            let (isHeld, holds) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            async let held: Void = other.write { transaction throws(GatehouseError) in
                try transaction.markChanged()
                holds.finish()
                release.wait()
            }
            for await _ in isHeld {}
            await #expect(fixture.refuses(Secret(String(repeating: "A", count: 43))))
            release.signal()
            try await held
        }
    }

    @Test func `once the child has been used its parent is outside the grace`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let token = try #require(try await fixture.start(.token).refreshToken)
            let child = try await fixture.accounts.sessions.refresh(token).refreshToken
            let grandchild = try await fixture.accounts.sessions.refresh(child).refreshToken
            await #expect(fixture.refuses(token))
            await #expect(fixture.refuses(grandchild))
        }
    }

    @Test func `a hundred at once on two processes get one child and nobody is signed out`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let other = try await fixture.anotherProcess()
            let token = try #require(try await fixture.start(.token).refreshToken)
            let children = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    let sessions = (number % 2 == 0 ? fixture : other).accounts.sessions
                    group.addTask { try await sessions.refresh(token).refreshToken.text }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(children.count == 1)
            #expect(fixture.audit.events("refresh.reused").isEmpty)
            _ = try await other.accounts.sessions.refresh(Secret(try #require(children.first)))
        }
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 43), String(repeating: "A", count: 100_000), "ä"])
    func `what is no token is refused and hurts nobody`(_ token: String) async throws {
        try await Fixture.with { fixture in
            await #expect(fixture.refuses(Secret(token)))
            #expect(fixture.audit.events("refresh.reused").isEmpty)
        }
    }

    @Test func `a refresh is activity, and ends with the session's limits`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let started = try await fixture.start(.cookie)
            var token = try #require(started.refreshToken)
            for _ in 0..<24 {
                fixture.clock.advance(.seconds(29 * 60))
                token = try await fixture.accounts.sessions.refresh(token).refreshToken
            }
            fixture.clock.advance(.seconds(24 * 60) - .microseconds(1))
            token = try await fixture.accounts.sessions.refresh(token).refreshToken
            fixture.clock.advance(.microseconds(1))
            await #expect(fixture.refuses(token))
        }
    }

    @Test func `the token of a session that is idle, ended or of a disabled user is dead`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let idle = try #require(try await fixture.start(.token).refreshToken)
            fixture.clock.advance(.seconds(24 * 3600))
            let ended = try await fixture.start(.token)
            let disabled = try #require(try await fixture.start(.token).refreshToken)
            try await fixture.accounts.sessions.end(id: ended.session.id)
            try await fixture.accounts.users.disable(id: ada.id, in: .everyTenant)
            for token in [idle, try #require(ended.refreshToken), disabled] { await #expect(fixture.refuses(token)) }
        }
    }

    @Test func `any token of a session signs it out`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let started = try await fixture.start(.cookie)
            let token = try #require(started.refreshToken)
            let child = try await fixture.accounts.sessions.refresh(token).refreshToken
            try await fixture.accounts.sessions.end(refreshToken: token)
            try await fixture.accounts.sessions.end(refreshToken: token)
            await #expect(fixture.refuses(child))
            #expect(try await fixture.accounts.sessions.find(id: started.session.id) == nil)
            #expect(fixture.audit.events("session.ended").count == 1)
        }
    }

    /// A model of one family beside the real thing, over random presentations of any of its tokens.
    @Test(arguments: 0..<12)
    func `any order of presenting a family's tokens is answered as the rules say`(_ seed: Int) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            var random = SeededGenerator(seed: UInt64(seed) + 100)
            var family = [try #require(try await fixture.start(.token).refreshToken).text]
            var usedAt: [Timestamp] = []
            while family.count < 12 {
                if Int.random(in: 0..<3, using: &random) == 0 {
                    fixture.clock.advance(.milliseconds(Int.random(in: 0...6000, using: &random)))
                }
                let back = Int.random(in: 0..<10, using: &random)
                let index = max(0, family.count - (back < 5 ? 1 : back < 9 ? 2 : 3))
                let isFresh = index == family.count - 1
                let isReplay = index == family.count - 2 && fixture.clock.now < usedAt[index] + .seconds(10)
                let child = try? await fixture.accounts.sessions.refresh(Secret(family[index])).refreshToken.text
                if isFresh {
                    usedAt.append(fixture.clock.now)
                    family.append(try #require(child))
                } else if isReplay {
                    #expect(child == family[index + 1])
                } else {
                    #expect(child == nil)
                    for token in family { await #expect(fixture.refuses(Secret(token))) }
                    return
                }
            }
        }
    }
}

extension Fixture {
    /// Whether the refresh token is refused as a dead one is.
    func refuses(_ token: Secret<String>) async -> Bool {
        await refusalOf { _ = try await accounts.sessions.refresh(token) }?.code == .invalidGrant
    }
}

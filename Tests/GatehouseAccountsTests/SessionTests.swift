import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import GatehouseTokens
import Testing

@Suite struct SessionTests {
    @Test func `a session is found by its cookie and by its id, with what its user may do`() async throws {
        try await Fixture.with { fixture in
            try await fixture.accounts.roles.define("editor", permissions: ["orders.read", "orders.write"])
            let ada = try await fixture.makeUser(email: "ada@example.com", roles: ["editor"])
            let started = try await fixture.start()
            let secret = try #require(started.cookieSecret).text
            #expect(secret.utf8.count == 43)
            for found in [
                try await fixture.accounts.sessions.find(cookieSecret: secret),
                try await fixture.accounts.sessions.find(id: started.session.id),
            ] {
                let session = try #require(found)
                #expect(session.user == ada)
                #expect(session.kind == .cookie)
                #expect(session.principal.roles == ["editor"])
                #expect(session.principal.permissions == ["orders.read", "orders.write"])
                #expect(session.principal.sessionID == started.session.id)
                #expect(session.principal.email == "ada@example.com")
                #expect(session.absoluteEnd == fixture.clock.now + .seconds(12 * 3600))
            }
            #expect(fixture.audit.events("session.created").map(\.subject) == [started.session.id])
        }
    }

    @Test func `a session for programs has a refresh token only, a browser may do without one`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let token = try await fixture.start(.token)
            #expect(token.cookieSecret == nil && token.refreshToken != nil)
            #expect(token.session.absoluteEnd == fixture.clock.now + .seconds(30 * 24 * 3600))
            let browser = try await fixture.accounts.sessions.start(for: ada, kind: .cookie, withRefreshToken: false)
            #expect(browser.cookieSecret != nil && browser.refreshToken == nil)
        }
    }

    @Test(arguments: ["", "x", String(repeating: "A", count: 43), String(repeating: "A", count: 100_000), "' OR 1=1 --"])
    func `what is no secret finds nothing`(_ secret: String) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            _ = try await fixture.start()
            let found = try await fixture.accounts.sessions.find(cookieSecret: secret)
            #expect(found == nil)
        }
    }

    @Test(arguments: [LiveSession.Kind.cookie, .token])
    func `without activity a session ends exactly at its idle limit, with or without a cache`(_ kind: LiveSession.Kind) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let id = try await fixture.start(kind).session.id
            let other = try await fixture.anotherProcess()
            fixture.clock.advance(.seconds(kind == .cookie ? 1800 : 24 * 3600) - .microseconds(1))
            for process in [fixture, other] {
                await process.accounts.changeWatcher().look()
                let found = try await process.accounts.sessions.find(id: id)
                #expect(found != nil)
                #expect(process.accounts.sessions.cached(id: id) != nil)
            }
            fixture.clock.advance(.microseconds(1))
            for process in [fixture, other] {
                #expect(process.accounts.sessions.cached(id: id) == nil)
                let found = try await process.accounts.sessions.find(id: id)
                #expect(found == nil)
            }
        }
    }

    @Test func `activity keeps a session until its absolute end, for every process`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let secret = try #require(try await fixture.start().cookieSecret).text
            let other = try await fixture.anotherProcess()
            for step in 0..<24 {
                fixture.clock.advance(.seconds(29 * 60))
                let sessions = (step % 2 == 0 ? fixture : other).accounts.sessions
                let session = try #require(try await sessions.find(cookieSecret: secret))
                #expect(sessions.claimTouch(session))
                try await sessions.touch(session)
            }
            fixture.clock.advance(.seconds(24 * 60))
            for process in [fixture, other] {
                let found = try await process.accounts.sessions.find(cookieSecret: secret)
                #expect(found == nil)
            }
        }
    }

    @Test func `activity is written once a minute, by one of many requests`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let session = try await fixture.start().session
            let sessions = fixture.accounts.sessions
            #expect(!sessions.claimTouch(session))
            fixture.clock.advance(.seconds(60))
            #expect((0..<10).filter { _ in sessions.claimTouch(session) }.count == 1)
            try await sessions.touch(session)
            #expect(session.idleEnd == fixture.clock.now + .seconds(1800))
            fixture.clock.advance(.seconds(59))
            #expect(!sessions.claimTouch(session))
            let counter = try await fixture.driver.changeCounter()
            fixture.clock.advance(.seconds(1))
            #expect(sessions.claimTouch(session))
            try await sessions.touch(session)
            #expect(try await fixture.driver.changeCounter() == counter)
        }
    }

    @Test func `bytes that are worth making once are made once for each kind of credential`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let session = try await fixture.start().session
            #expect(session.bytes(for: .session) { [1] } == [1])
            #expect(session.bytes(for: .session) { [2] } == [1])
            #expect(session.bytes(for: .accessToken) { [3] } == [3])
        }
    }

    @Test func `a sign-in ends the session that the browser had, at once`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let old = try await fixture.start()
            let new = try await fixture.accounts.sessions.start(
                for: try await fixture.signIn(), kind: .cookie, replacing: old.session.id)
            #expect(new.session.id != old.session.id)
            let found = try await fixture.accounts.sessions.find(cookieSecret: old.cookieSecret?.text ?? "")
            #expect(found == nil)
        }
    }

    @Test func `a sign-in that cannot end the browser's old session starts none`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let old = try await fixture.start().session.id
            try await fixture.breakStore("BEFORE UPDATE OF ended_at ON sessions")
            let refusal = await refusalOf {
                _ = try await fixture.accounts.sessions.start(for: ada, kind: .cookie, replacing: old)
            }
            #expect(refusal?.code == .storeUnavailable)
            let now = fixture.clock.now
            let live = try await fixture.driver.read { transaction throws(GatehouseError) in
                try SessionRecord.list(of: ada.id, at: now, scope: .everyTenant, in: transaction).map(\.id)
            }
            #expect(live == [old])
        }
    }

    @Test func `a rotated secret works ten seconds more, for every process`() async throws {
        try await Fixture.with { fixture in
            try await fixture.accounts.roles.define("editor", permissions: ["orders.read"])
            let ada = try await fixture.makeUser()
            let other = try await fixture.anotherProcess()
            let old = try #require(try await fixture.start().cookieSecret).text
            try await fixture.accounts.users.setRoles(["editor"], of: ada.id)
            let session = try #require(try await other.accounts.sessions.find(cookieSecret: old))
            #expect(session.needsRotation)
            #expect(session.permissions == ["orders.read"])
            let new = try #require(try await other.accounts.sessions.rotate(session, cookieSecret: old)).text
            let again = try await other.accounts.sessions.rotate(session, cookieSecret: old)
            #expect(again == nil)
            fixture.clock.advance(.seconds(10) - .microseconds(1))
            for process in [fixture, other] {
                await process.accounts.changeWatcher().look()
                for secret in [old, new, old, new] {
                    let found = try #require(try await process.accounts.sessions.find(cookieSecret: secret))
                    #expect(found.id == session.id)
                    #expect(!found.needsRotation)
                }
            }
            fixture.clock.advance(.microseconds(1))
            for process in [fixture, other] {
                let (before, after) = (
                    process.accounts.sessions.cached(cookieSecret: old), process.accounts.sessions.cached(cookieSecret: new)
                )
                #expect(before == nil && after != nil)
                let found = try await process.accounts.sessions.find(cookieSecret: old)
                #expect(found == nil)
            }
        }
    }

    @Test(arguments: [10, 3600])
    func `a clock set back does not prolong the grace of a rotated secret`(_ seconds: Int) async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let old = try #require(try await fixture.start().cookieSecret).text
            try await fixture.accounts.users.setRoles([], of: ada.id)
            let sessions = fixture.accounts.sessions
            let session = try #require(try await sessions.find(cookieSecret: old))
            _ = try await sessions.rotate(session, cookieSecret: old)
            await fixture.accounts.changeWatcher().look()
            #expect(try await sessions.find(cookieSecret: old) != nil)
            fixture.clock.advance(.seconds(-seconds))
            await fixture.accounts.changeWatcher().look()
            #expect(sessions.cached(cookieSecret: old) == nil)
            let found = try await sessions.find(cookieSecret: old)
            #expect(found == nil)
        }
    }

    @Test func `a session that is over leaves nothing in the cache that takes another's place`() async throws {
        try await Fixture.with({ $0.sessions.cacheCapacity = 3 }) { fixture in
            try await fixture.makeUser()
            let sessions = fixture.accounts.sessions
            let kept = try #require(try await fixture.start().cookieSecret).text
            await fixture.accounts.changeWatcher().look()
            _ = try await sessions.find(cookieSecret: kept)
            for _ in 0..<5 {
                let other = try await fixture.start()
                _ = try await sessions.find(cookieSecret: other.cookieSecret?.text ?? "")
                try await sessions.end(id: other.session.id)
            }
            #expect(sessions.cached(cookieSecret: kept) != nil)
        }
    }

    @Test func `one's own password change ends the other sessions and gives this one another secret`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let (mine, other) = (try await fixture.start(), try await fixture.start(.token))
            let sessions = fixture.accounts.sessions
            let new = try await fixture.accounts.passwords.change(
                in: mine.session, current: Fixture.password, new: Secret("another long enough phrase"), address: Fixture.address)
            let secret = try #require(new).text
            let found = try #require(try await sessions.find(cookieSecret: secret))
            #expect(found.id == mine.session.id)
            await #expect(fixture.refuses(try #require(other.refreshToken)))
            await #expect(fixture.refuses(try #require(mine.refreshToken)))
            let old = try await sessions.find(cookieSecret: mine.cookieSecret?.text ?? "")
            #expect(old == nil)
        }
    }

    @Test func `a secret that was rotated just before a password change has no grace left after it`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let first = try #require(try await fixture.start().cookieSecret).text
            try await fixture.accounts.users.setRoles([], of: ada.id)
            let sessions = fixture.accounts.sessions
            let session = try #require(try await sessions.find(cookieSecret: first))
            let second = try #require(try await sessions.rotate(session, cookieSecret: first)).text
            _ = try await fixture.accounts.passwords.change(
                in: session, current: Fixture.password, new: Secret("another long enough phrase"), address: nil)
            for secret in [first, second] {
                let found = try await sessions.find(cookieSecret: secret)
                #expect(found == nil)
            }
        }
    }

    @Test(
        arguments: [
            "BEFORE UPDATE OF cookie_hash ON sessions", "BEFORE DELETE ON refresh_tokens", "BEFORE UPDATE OF ended_at ON sessions",
        ] as [SQLText])
    func `a password change that fails midway changes nothing`(_ step: SQLText) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let (mine, other) = (try await fixture.start(), try await fixture.start(.token))
            try await fixture.breakStore(step)
            let refusal = await refusalOf {
                _ = try await fixture.accounts.passwords.change(
                    in: mine.session, current: Fixture.password, new: Secret("another long enough phrase"), address: nil)
            }
            #expect(refusal?.code == .storeUnavailable)
            try await fixture.mendStore()
            _ = try await fixture.signIn()
            #expect(try await fixture.accounts.sessions.find(cookieSecret: mine.cookieSecret?.text ?? "") != nil)
            for token in [mine.refreshToken, other.refreshToken] {
                _ = try await fixture.accounts.sessions.refresh(try #require(token))
            }
        }
    }

    @Test func `a password change in a session that is over changes nothing`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let mine = try await fixture.start()
            try await fixture.accounts.sessions.end(id: mine.session.id)
            let refusal = await refusalOf {
                _ = try await fixture.accounts.passwords.change(
                    in: mine.session, current: Fixture.password, new: Secret("another long enough phrase"), address: nil)
            }
            #expect(refusal?.code == .invalidCredentials)
            _ = try await fixture.signIn()
        }
    }

    @Test func `a password change is for the session's user, whoever has the name by now`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let session = try await fixture.start().session
            let bob = try await fixture.accounts.users.create(NewUser(username: "bob", password: Secret("the phrase of bob")))
            try await fixture.driver.write { transaction throws(GatehouseError) in
                try transaction.run("UPDATE account_names SET account_id = \(bob.id) WHERE canonical = 'ada'")
            }
            let refusal = await refusalOf {
                _ = try await fixture.accounts.passwords.change(
                    in: session, current: Secret("the phrase of bob"), new: Secret("another long enough phrase"), address: nil)
            }
            #expect(refusal?.code == .invalidCredentials)
            _ = try await fixture.signIn("bob", "the phrase of bob")
        }
    }

    @Test func `a password change asks for the current password, and guessing it is throttled`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let session = try await fixture.start().session
            var codes: [GatehouseError.Code?] = []
            for _ in 0..<6 {
                let refusal = await refusalOf {
                    _ = try await fixture.accounts.passwords.change(
                        in: session, current: Secret("wrong"), new: Secret("another long enough phrase"), address: Fixture.address)
                }
                codes.append(refusal?.code)
            }
            #expect(codes == Array(repeating: .invalidCredentials, count: 5) + [.tooManyAttempts])
        }
    }

    @Test func `a sign-in proves nothing once the password has been changed or the user disabled`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let before = try await fixture.signIn()
            try await fixture.accounts.users.setPassword(Secret("another long enough phrase"), of: before.id, in: .everyTenant)
            #expect(
                await refusalOf { _ = try await fixture.accounts.sessions.start(for: before, kind: .cookie) }?.code == .invalidCredentials)
            let after = try await fixture.signIn("ada", "another long enough phrase")
            try await fixture.accounts.users.disable(id: after.id, in: .everyTenant)
            #expect(
                await refusalOf { _ = try await fixture.accounts.sessions.start(for: after, kind: .cookie) }?.code == .invalidCredentials)
            try await fixture.accounts.users.enable(id: after.id, in: .everyTenant)
            _ = try await fixture.accounts.sessions.start(for: after, kind: .cookie)
        }
    }

    @Test func `ending is idempotent and can spare one session`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let (one, two, three) = (try await fixture.start(), try await fixture.start(), try await fixture.start(.token))
            try await fixture.accounts.sessions.end(id: one.session.id)
            try await fixture.accounts.sessions.end(id: one.session.id)
            try await fixture.accounts.sessions.end(id: "no-such-session")
            try await fixture.accounts.sessions.endAll(of: ada.id, except: three.session.id)
            var live: [String] = []
            for id in [one, two, three].map(\.session.id) {
                if try await fixture.accounts.sessions.find(id: id) != nil { live.append(id) }
            }
            #expect(live == [three.session.id])
            #expect(fixture.audit.events("session.ended").count == 2)
        }
    }

    @Test func `no secret is in the database file, nor in the audit trail`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let started = try await fixture.start()
            let child = try await fixture.accounts.sessions.refresh(try #require(started.refreshToken)).refreshToken
            let stored = try storedBytes(fixture.path)
            let key = try fixture.accounts.signingKeys.ring.signingKey?.privateBytes().expose { $0 } ?? []
            #expect(key.count == 32)
            for secret in [started.cookieSecret?.text, started.refreshToken?.text, child.text, Fixture.password.text] {
                let secret = try #require(secret)
                #expect(!stored.contains(Array(secret.utf8)))
                #expect(!"\(fixture.audit.events)".contains(secret))
            }
            #expect(!stored.contains(key))
            #expect(stored.contains(Array(started.session.id.utf8)))
        }
    }
}

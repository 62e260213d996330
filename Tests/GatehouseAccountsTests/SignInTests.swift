import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import Testing

@Suite struct SignInTests {
    @Test func `unknown, disabled, without a password and wrong are told alike`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let bob = try await fixture.makeUser("bob")
            try await fixture.accounts.users.disable(id: bob.id, in: .everyTenant)
            _ = try await fixture.accounts.users.create(NewUser(username: "carol", password: nil))
            var refusals: [String] = []
            for (name, password) in [("ada", "wrong"), ("nobody", "wrong"), ("bob", Fixture.password.text), ("carol", ""), ("ada", "")] {
                let refusal = await fixture.refusal(name, password)
                #expect(refusal?.code == .invalidCredentials)
                refusals.append(refusal.map { "\($0) \($0.fields) \(String(describing: $0.retryAfter))" } ?? "")
            }
            #expect(Set(refusals).count == 1)
        }
    }

    @Test(arguments: [
        " a long enough phrase", "a long enough phrase ", "A long enough phrase", "a long enough phras", "a long enough phrase\u{0}",
        "a long enough phrase" + String(repeating: "!", count: 600), "",
    ])
    func `a password is verified exactly as typed`(_ typed: String) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            #expect(await fixture.refusal("ada", typed)?.code == .invalidCredentials)
        }
    }

    @Test(arguments: [
        ("caf\u{E9} au lait matin", "cafe\u{301} au lait matin"), ("nul \u{0} in the middle", "nul "),
        (String(repeating: "long-enough-", count: 6) + "a", String(repeating: "long-enough-", count: 6)),
    ])
    func `composition, NUL and the characters past 72 count`(_ password: String, _ other: String) async throws {
        try await Fixture.with { fixture in
            _ = try await fixture.accounts.users.create(NewUser(username: "ada", password: Secret(password)))
            #expect(await fixture.refusal("ada", other)?.code == .invalidCredentials)
            _ = try await fixture.signIn("ada", password)
        }
    }

    @Test func `an unknown name costs as much work as a known one`() async throws {
        try await Fixture.with({ $0.hashing = HashingLimits() }) { fixture in
            try await fixture.makeUser()
            var fastest = ["ada": Duration.seconds(100), "nobody": .seconds(100)]
            for attempt in 0..<8 {
                for (name, best) in fastest {
                    let time = await ContinuousClock().measure { _ = await fixture.refusal(name, "wrong", from: "192.0.2.\(attempt)") }
                    fastest[name] = min(best, time)
                }
            }
            // Without the same work it is a twentieth; the rest is what other tests take of the machine at the same time.
            #expect(try #require(fastest["nobody"]) * 4 > #require(fastest["ada"]))
        }
    }

    @Test func `a password that must be changed lets in only with a new one`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser(mustChange: true)
            #expect(await fixture.refusal("ada", Fixture.password.text)?.code == .passwordChangeRequired)
            #expect(await refusalOf { _ = try await fixture.signIn(new: "short") }?.fields.map(\.field) == ["new_password"])
            #expect(await refusalOf { _ = try await fixture.signIn(new: Fixture.password.text) }?.fields.map(\.code) == ["unchanged"])
            let changed = try await fixture.signIn(new: "another long enough phrase")
            #expect(!changed.mustChangePassword)
            _ = try await fixture.accounts.sessions.start(for: changed, kind: .cookie)
            _ = try await fixture.signIn("ada", "another long enough phrase")
            #expect(await fixture.refusal("ada", Fixture.password.text)?.code == .invalidCredentials)
            #expect(fixture.audit.events("password.changed").count == 1)
        }
    }

    @Test func `a hash of other parameters is replaced at the next sign-in`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let before = try await fixture.storedHash(of: ada.id)
            _ = try await fixture.signIn()
            #expect(try await fixture.storedHash(of: ada.id) == before)
            let stronger = try await fixture.anotherProcess { $0.hashing.memoryKiB = 64 }
            _ = try await stronger.signIn()
            #expect(try await fixture.storedHash(of: ada.id)?.contains("m=64,") == true)
            _ = try await stronger.signIn()
        }
    }

    @Test func `more passwords than may wait are refused, from one address a quarter of them`() async throws {
        func make(_ settings: inout AccountSettings) {
            settings.hashing = HashingLimits()
            settings.hashing.threads = 1
            settings.hashing.queue = 8
            settings.throttling.freeFailures = 1000
            settings.throttling.freeFailuresOverall = 1000
        }
        try await Fixture.with(make) { fixture in
            let one = await fixture.refusals(20) { "2001:db8::\($0)" }
            #expect(Set(one.map(\.code)) == [.invalidCredentials, .serverBusy])
            let many = await fixture.refusals(40) { "192.0.2.\($0)" }
            #expect(Set(many.map(\.code)) == [.invalidCredentials, .serverBusy])
            #expect(many.filter { $0.code == .invalidCredentials }.count >= 8)
            #expect(many.allSatisfy { $0.code != .serverBusy || $0.retryAfter == .seconds(1) })
        }
    }

    @Test func `a refusal is audited with the account but not with what was typed`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            _ = await fixture.refusal("ada", "wrong-but-secret")
            _ = await fixture.refusal("typed-secret-name", "x")
            let events = fixture.audit.events("sign_in")
            #expect(events.map(\.subject) == [ada.id, nil])
            #expect(events.allSatisfy { $0.outcome == .denied && $0.code == .invalidCredentials && $0.address == Fixture.address })
            #expect(!"\(fixture.audit.events)".contains("secret"))
        }
    }
}

extension Fixture {
    fileprivate func storedHash(of id: String) async throws -> String? {
        try await driver.read { transaction throws(GatehouseError) in
            try UserRecord.find(id: id, scope: .everyTenant, in: transaction)?.passwordHash
        }
    }

    /// What `count` wrong sign-ins at once are refused with.
    func refusals(_ count: Int, from address: @escaping @Sendable (Int) -> String) async -> [GatehouseError] {
        await withTaskGroup(of: GatehouseError?.self) { group in
            for number in 0..<count {
                group.addTask { await refusal("ada", "wrong", from: address(number)) }
            }
            return await group.reduce(into: []) { if let refusal = $1 { $0.append(refusal) } }
        }
    }
}

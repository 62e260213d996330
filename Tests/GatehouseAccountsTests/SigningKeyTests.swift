import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseTokens
import Testing

/// Other keys in the place of those that sign.
@Suite struct SigningKeyTests {
    private static let day = Duration.seconds(24 * 3600)
    private static let kept = Duration.seconds(30 * 24 * 3600 + 3600)

    @Test func `a new key is published a day before it signs, and the old one verifies until nothing of it is valid`() async throws {
        try await Fixture.with { fixture in
            let keys = fixture.accounts.signingKeys
            let other = try await fixture.anotherProcess()
            let old = try fixture.kid()
            let next = try await keys.rotate()
            #expect(next.state == .next && next.signsFrom == fixture.clock.now + Self.day)
            #expect(try await keys.rotate() == next)
            await other.look()
            for process in [fixture, other] {
                #expect(try process.kid() == old)
                #expect(try process.published() == [old, next.kid])
            }
            fixture.clock.advance(Self.day - .microseconds(1))
            await other.accounts.signingKeyRotation().look()
            #expect(try other.kid() == old)
            fixture.clock.advance(.microseconds(1))
            await other.accounts.signingKeyRotation().look()
            await fixture.look()
            for process in [fixture, other] {
                #expect(try process.kid() == next.kid)
                #expect(try process.published() == [old, next.kid])
            }
            fixture.clock.advance(Self.kept - .microseconds(1))
            try await keys.expectKids([old, next.kid], fixture)
            fixture.clock.advance(.microseconds(2))
            try await fixture.accounts.pruning().prune()
            try await keys.expectKids([next.kid], fixture)
            #expect(try await fixture.anotherProcess().published() == [next.kid])
        }
    }

    @Test func `a key that signs at once does so in every process`() async throws {
        try await Fixture.with { fixture in
            let other = try await fixture.anotherProcess()
            let old = try fixture.kid()
            let new = try await fixture.accounts.signingKeys.rotate(now: true)
            #expect(new.state == .current && new.kid != old)
            #expect(try fixture.kid() == new.kid)
            await other.look()
            #expect(try other.kid() == new.kid)
            #expect(try other.published() == [old, new.kid])
            // A key that waits is the one.
            let next = try await other.accounts.signingKeys.rotate()
            #expect(try await fixture.accounts.signingKeys.rotate(now: true).kid == next.kid)
        }
    }

    @Test(arguments: [false, true])
    func `of a hundred rotations at once one makes a key`(_ now: Bool) async throws {
        try await Fixture.with { fixture in
            let other = try await fixture.anotherProcess()
            let old = try fixture.kid()
            if !now {
                let kids = try await Self.rotateTogether(fixture, other, now: false)
                #expect(kids.count == 1)
                #expect(try await fixture.accounts.signingKeys.list().count == 2)
            } else {
                fixture.clock.advance(.seconds(90 * 24 * 3600) - Self.day)
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<100 {
                        let rotation = (number % 2 == 0 ? fixture : other).accounts.signingKeyRotation()
                        group.addTask { await rotation.look() }
                    }
                }
                #expect(try await fixture.accounts.signingKeys.list().map(\.state) == [.next, .current])
                fixture.clock.advance(Self.day)
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<100 {
                        let rotation = (number % 2 == 0 ? fixture : other).accounts.signingKeyRotation()
                        group.addTask { await rotation.look() }
                    }
                }
                let list = try await fixture.accounts.signingKeys.list()
                #expect(list.map(\.state) == [.current, .retired] && list.last?.kid == old)
            }
        }
    }

    private static func rotateTogether(_ one: Fixture, _ other: Fixture, now: Bool) async throws -> Set<String> {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<100 {
                let keys = (number % 2 == 0 ? one : other).accounts.signingKeys
                group.addTask { try await keys.rotate(now: now).kid }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
    }

    @Test func `keys rotate by themselves as often as is set, or not at all`() async throws {
        try await Fixture.with({ $0.signing.rotationInterval = .seconds(10 * 24 * 3600) }) { fixture in
            let never = try await fixture.anotherProcess { $0.signing.rotationInterval = nil }
            var kids = [try fixture.kid()]
            let began = fixture.clock.now
            for turn in 1...3 {
                while fixture.clock.now < began + .seconds(turn * 10 * 24 * 3600) - Self.day {
                    #expect(try fixture.published().isSuperset(of: kids) && fixture.kid() == kids.last)
                    fixture.clock.advance(.seconds(12 * 3600))
                    await never.accounts.signingKeyRotation().look()
                    #expect(try await fixture.accounts.signingKeys.list().allSatisfy { $0.state != .next })
                }
                await fixture.accounts.signingKeyRotation().look()
                #expect(try fixture.kid() == kids.last)
                fixture.clock.advance(Self.day)
                await fixture.accounts.signingKeyRotation().look()
                #expect(try fixture.kid() != kids.last)
                kids.append(try fixture.kid())
            }
            #expect(Set(kids).count == 4)
        }
    }

    @Test func `a retired key verifies nothing any more, in any process`() async throws {
        try await Fixture.with { fixture in
            let keys = fixture.accounts.signingKeys
            let other = try await fixture.anotherProcess()
            let old = try fixture.kid()
            let new = try await keys.rotate(now: true).kid
            try await keys.retire(kid: old)
            await other.look()
            for process in [fixture, other] { #expect(try process.published() == [new]) }
            // The one that signs leaves its place to the next, or to a new one.
            let next = try await keys.rotate().kid
            try await keys.retire(kid: new)
            await other.look()
            for process in [fixture, other] { #expect(try process.kid() == next && process.published() == [next]) }
            try await keys.retire(kid: next)
            await other.look()
            let last = try fixture.kid()
            #expect(![old, new, next].contains(last))
            for process in [fixture, other] { #expect(try process.kid() == last && process.published() == [last]) }
            #expect(await refusalOf { try await keys.retire(kid: old) }?.code == .notFound)
            #expect(fixture.audit.events("signing_key.withdrawn").count == 3)
        }
    }

    @Test func `a key of one's own comes in as the next or the current one`() async throws {
        try await Fixture.with { fixture in
            let keys = fixture.accounts.signingKeys
            let old = try fixture.kid()
            let (one, two) = (try SigningKey.generate(.ES256), try SigningKey.generate(.ES256, kid: "mine"))
            #expect(try await keys.import(one).state == .next)
            #expect(try fixture.kid() == old)
            #expect(try fixture.published() == [old, one.kid])
            #expect(await refusalOf { _ = try await keys.import(try SigningKey.generate(.ES256)) }?.code == .conflict)
            #expect(await refusalOf { _ = try await keys.import(one, now: true) }?.code == .conflict)
            #expect(try await keys.import(two, now: true).state == .current)
            #expect(try fixture.kid() == "mine")
            let again = try await fixture.anotherProcess()
            #expect(try again.kid() == "mine")
            #expect(try again.published() == [old, one.kid, "mine"])
            let refusal = await refusalOf { _ = try await keys.import(try SigningKey.generate(.EdDSA), now: true) }
            #expect(refusal?.code == .configurationInvalid && refusal?.message.contains("signing") == true)
        }
    }

    @Test func `beside a key from the settings nothing rotates, and the error says what to do`() async throws {
        let own = try SigningKey.generate(.ES256)
        try await Fixture.with { fixture in
            let made = try fixture.kid()
            let other = try await fixture.anotherProcess { $0.signing.key = own }
            let keys = other.accounts.signingKeys
            let refusals = [
                await refusalOf { _ = try await keys.rotate() },
                await refusalOf { _ = try await keys.rotate(now: true) },
                await refusalOf { _ = try await keys.import(try SigningKey.generate(.ES256)) },
                await refusalOf { try await keys.retire(kid: own.kid) },
            ]
            #expect(refusals.map { $0?.code } == Array(repeating: .configurationInvalid, count: 4))
            #expect(refusals.allSatisfy { $0?.message.contains("settings") == true })
            #expect(try await keys.list().map(\.kid) == [own.kid, made])
            #expect(try await keys.list().map(\.state) == [.current, .retired])
            fixture.clock.advance(.seconds(1000 * 24 * 3600))
            await other.accounts.signingKeyRotation().look()
            #expect(try await keys.list().count == 2)
            try await keys.retire(kid: made)
            #expect(try other.published() == [own.kid])
        }
    }

    @Test(arguments: [false, true])
    func `where none signs yet the first key does at once`(_ imports: Bool) async throws {
        try await Fixture.with { fixture in
            let driver = try SQLiteDriver.inMemory()
            let tool = try await Accounts.open(driver: driver, masterKey: fixture.masterKey, mode: .tool)
            let made = imports ? try await tool.signingKeys.import(try SigningKey.generate(.ES256)) : try await tool.signingKeys.rotate()
            #expect(made.state == .current)
            #expect(try tool.signingKeys.ring.signingKey?.kid == made.kid)
        }
    }

    @Test func `a change of algorithm forgets a next key of the old one`() async throws {
        try await Fixture.with { fixture in
            let old = try fixture.kid()
            _ = try await fixture.accounts.signingKeys.rotate()
            let other = try await fixture.anotherProcess { $0.signing.algorithm = .EdDSA }
            #expect(try other.published() == [old, other.kid()])
            #expect(try await other.accounts.signingKeys.list().map(\.state).sorted { $0.rawValue < $1.rawValue } == [.current, .retired])
        }
    }
}

extension Fixture {
    /// The name of the key that signs.
    func kid() throws -> String { try #require(try accounts.signingKeys.ring.signingKey).kid }

    /// The names in the key set that others see.
    func published() throws -> Set<String> { Set(try accounts.signingKeys.ring.publicKeys.keys.compactMap(\.kid)) }
}

extension SigningKeys {
    /// Expects exactly these keys in the store.
    fileprivate func expectKids(_ kids: Set<String>, _ fixture: Fixture) async throws {
        try await fixture.accounts.pruning().prune()
        #expect(Set(try await list().map(\.kid)) == kids)
    }
}

import GatehouseAccounts
import GatehouseCore
import Testing

@Suite struct ThrottleTests {
    @Test(arguments: ["ada", "nobody"])
    func `five failures are free, then waiting doubles from a second to a quarter of an hour`(_ name: String) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser("ada")
            for _ in 0..<5 { #expect(await fixture.refusal(name, "wrong")?.code == .invalidCredentials) }
            for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
                let refusal = await fixture.refusal(name, "wrong")
                #expect(refusal?.code == .tooManyAttempts)
                #expect(refusal?.retryAfter == .seconds(seconds))
                fixture.clock.advance(.seconds(seconds) - .microseconds(1))
                #expect(await fixture.refusal(name, Fixture.password.text)?.retryAfter == .microseconds(1))
                fixture.clock.advance(.microseconds(1))
                #expect(await fixture.refusal(name, "wrong")?.code == .invalidCredentials)
            }
        }
    }

    @Test func `all spellings of a name, and of an address's network, share one bucket`() async throws {
        try await Fixture.with { fixture in
            for (name, address) in [
                ("john", "2001:db8::1"), ("JOHN", "2001:db8::2"), ("ｊｏｈｎ", "2001:DB8:0:0:ffff::1"), ("john ", "2001:db8::"),
                ("John", "2001:db8::1"),
            ] {
                #expect(await fixture.refusal(name, "wrong", from: address)?.code == .invalidCredentials)
            }
            #expect(await fixture.refusal("john", "wrong", from: "2001:db8::99")?.code == .tooManyAttempts)
            #expect(await fixture.refusal("john", "wrong", from: "2001:db8:0:1::1")?.code == .invalidCredentials)
            #expect(await fixture.refusal("jane", "wrong", from: "2001:db8::1")?.code == .invalidCredentials)
        }
    }

    /// A driver may end a text at its NUL: what stands behind one must not make another bucket of the same account.
    @Test func `a name with a control character is nobody's, and all such names share one bucket`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser("ada", email: "ada@example.com")
            for name in ["ada\u{0}", "ada\u{0}x", "ada@example.com\u{0}", "ada\n", "a\u{7F}da"] {
                #expect(await fixture.refusal(name, Fixture.password.text)?.code == .invalidCredentials)
            }
            #expect(await fixture.refusal("ada\u{0}y", Fixture.password.text)?.code == .tooManyAttempts)
            #expect(await fixture.refusal(String(repeating: "x", count: 1025), "wrong")?.code == .tooManyAttempts)
            #expect(await fixture.refusal("ada", "wrong")?.code == .invalidCredentials)
        }
    }

    @Test func `a success forgets the failures from its address`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            for _ in 0..<4 {
                for _ in 0..<4 { #expect(await fixture.refusal("ada", "wrong")?.code == .invalidCredentials) }
                _ = try await fixture.signIn()
            }
        }
    }

    @Test func `failures over all addresses slow only addresses that are new to the account`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            _ = try await fixture.signIn(from: "198.51.100.1")
            for number in 0..<20 { #expect(await fixture.refusal("ada", "wrong", from: "192.0.2.\(number)")?.code == .invalidCredentials) }
            #expect(await fixture.refusal("ada", Fixture.password.text, from: "203.0.113.5")?.code == .tooManyAttempts)
            _ = try await fixture.signIn(from: "198.51.100.1")
            #expect(await fixture.refusal("ada", "wrong", from: "198.51.100.1")?.code == .invalidCredentials)
            fixture.clock.advance(.seconds(1))
            _ = try await fixture.signIn(from: "203.0.113.5")
        }
    }

    @Test func `failures count for every process on the store`() async throws {
        try await Fixture.with { fixture in
            let other = try await fixture.anotherProcess()
            for number in 0..<5 { _ = await (number % 2 == 0 ? fixture : other).refusal("ada", "wrong") }
            #expect(await fixture.refusal("ada", "wrong")?.code == .tooManyAttempts)
            #expect(await other.refusal("ada", "wrong")?.code == .tooManyAttempts)
        }
    }

    @Test func `attempts at once learn no more than attempts in a row`() async throws {
        try await Fixture.with { fixture in
            let refusals = await fixture.refusals(60) { _ in Fixture.address }
            #expect(refusals.filter { $0.code == .invalidCredentials }.count == 5)
            #expect(refusals.filter { $0.code == .tooManyAttempts }.count == 55)
        }
    }

    @Test func `right passwords at once are all right`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let count = try await withThrowingTaskGroup(of: User.self) { group in
                for _ in 0..<60 { group.addTask { try await fixture.signIn() } }
                return try await group.reduce(0) { count, _ in count + 1 }
            }
            #expect(count == 60)
        }
    }

    /// A model of the rules beside the real thing, over random attempts.
    @Test(arguments: 0..<6)
    func `any sequence of attempts is answered as the rules say`(_ seed: Int) async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            var random = SeededGenerator(seed: UInt64(seed))
            var failures = 0
            var blockedUntil = fixture.clock.now
            for _ in 0..<120 {
                if Bool.random(using: &random) { fixture.clock.advance(.milliseconds(Int.random(in: 0...4000, using: &random))) }
                let isRight = Int.random(in: 0..<12, using: &random) == 0
                let code = await fixture.refusal("ada", isRight ? Fixture.password.text : "wrong")?.code
                if blockedUntil > fixture.clock.now {
                    #expect(code == .tooManyAttempts)
                } else if isRight {
                    #expect(code == nil)
                    failures = 0
                } else {
                    #expect(code == .invalidCredentials)
                    failures += 1
                    if failures >= 5 { blockedUntil = fixture.clock.now + .seconds(min(900, 1 << min(failures - 5, 20))) }
                }
            }
        }
    }

    @Test func `what is forgotten is pruned, what counts stays`() async throws {
        try await Fixture.with { fixture in
            for _ in 0..<5 { _ = await fixture.refusal("ada", "wrong") }
            try await fixture.accounts.pruning().prune()
            #expect(await fixture.refusal("ada", "wrong")?.code == .tooManyAttempts)
            fixture.clock.advance(.seconds(25 * 3600))
            try await fixture.accounts.pruning().prune()
            for _ in 0..<5 { #expect(await fixture.refusal("ada", "wrong")?.code == .invalidCredentials) }
        }
    }
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

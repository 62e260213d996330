import GatehouseCore
import GatehouseTokens
import Synchronization
import Testing

@Suite struct VerifiedTokenCacheTests {
    private let forger = Forger()

    private func token(_ number: Int, expiresIn seconds: Int64 = 600) -> String {
        forger.hmac(payload: Forger.payload(["jti": "\"t\(number)\"", "exp": "\(Forger.now + seconds)"]))
    }

    @Test func `a token is held once it was verified, a bad one never`() throws {
        let cache = VerifiedTokenCache()
        let verifier = try forger.verifier(cache: cache)
        for _ in 0..<3 { #expect(try verifier.verify(token(1)).jti == "t1") }
        #expect(cache.count == 1)
        expectInvalidToken { _ = try verifier.verify(String(token(2).dropLast(4)) + "AAAA") }
        expectInvalidToken { _ = try verifier.verify(token(3, expiresIn: -60)) }
        #expect(cache.count == 1)
        cache.removeAll()
        #expect(cache.count == 0)
        #expect(cache.byteCount == 0)
        #expect(try verifier.verify(token(1)).jti == "t1")
    }

    @Test func `a held token ends when it expires`() throws {
        let now = Mutex(Forger.now)
        let clock = WallClock { Timestamp(seconds: now.withLock { $0 }) }
        let cache = VerifiedTokenCache()
        let verifier = TokenVerifier(keys: try forger.keys(), rules: Forger.rules, clock: clock, cache: cache)
        _ = try verifier.verify(token(1))
        now.withLock { $0 += 629 }
        _ = try verifier.verify(token(1))
        now.withLock { $0 += 1 }
        expectInvalidToken { _ = try verifier.verify(token(1)) }
        // And a clock set back finds it not valid yet.
        now.withLock { $0 = Forger.now - 31 }
        expectInvalidToken { _ = try verifier.verify(token(1)) }
    }

    @Test func `a held token is nothing to other keys or other rules`() throws {
        let cache = VerifiedTokenCache()
        _ = try forger.verifier(cache: cache).verify(token(1))
        let other = try KeyRing([VerificationKey(hmac: Secret([UInt8](repeating: 8, count: 32)), kid: "h")])
        expectInvalidToken { _ = try TokenVerifier(keys: other, rules: Forger.rules, clock: Forger.clock, cache: cache).verify(token(1)) }
        let without = try KeyRing([VerificationKey(hmac: Secret(forger.secret), algorithm: .HS256, kid: "renamed")])
        expectInvalidToken { _ = try TokenVerifier(keys: without, rules: Forger.rules, clock: Forger.clock, cache: cache).verify(token(1)) }
        var rules = Forger.rules
        rules.issuer = "https://other.example"
        expectInvalidToken { _ = try forger.verifier(rules, cache: cache).verify(token(1)) }
        rules = Forger.rules
        rules.algorithms = [.ES256]
        expectInvalidToken { _ = try forger.verifier(rules, cache: cache).verify(token(1)) }
        rules = Forger.rules
        rules.audience = ["other"]
        expectInvalidToken { _ = try forger.verifier(rules, cache: cache).verify(token(1)) }
        #expect(try forger.verifier(cache: cache).verify(token(1)).jti == "t1")
    }

    @Test func `entries and bytes stay in bounds, and what is in use stays in`() throws {
        let cache = VerifiedTokenCache(maximumEntries: 20, maximumBytes: 1 << 20)
        let verifier = try forger.verifier(cache: cache)
        for number in 0..<200 {
            _ = try verifier.verify(token(number))
            _ = try verifier.verify(token(0))
            #expect(cache.count <= 20)
        }
        #expect(cache.count >= 10)
        let small = VerifiedTokenCache(maximumEntries: 10_000, maximumBytes: 10_000)
        let tight = try forger.verifier(cache: small)
        for number in 0..<200 {
            _ = try tight.verify(token(number))
            #expect(small.byteCount <= 10_000)
        }
        #expect(small.count > 1)
        #expect(try forger.verifier(cache: VerifiedTokenCache(maximumEntries: 0, maximumBytes: 0)).verify(token(1)).jti == "t1")
    }

    @Test func `many tasks may share it`() async throws {
        let cache = VerifiedTokenCache(maximumEntries: 16)
        let verifier = try forger.verifier(cache: cache)
        let tokens = (0..<40).map { token($0) }
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { tokens.count { (try? verifier.verify($0)) != nil } }
            }
            for await good in group { #expect(good == 40) }
        }
        #expect(cache.count <= 16)
    }
}

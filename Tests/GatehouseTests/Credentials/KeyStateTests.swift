import Gatehouse
import Hummingbird
import Synchronization
import Testing

@Suite struct `A key set` {
    private struct Down: Error {}

    /// Hands out the issuer's key, or fails.
    private final class Source: Sendable {
        let isDown = Mutex(true)
        let issuer: Issuer

        init(_ issuer: Issuer) { self.issuer = issuer }

        var fetch: KeySetFetch {
            { _ in
                guard !self.isDown.withLock({ $0 }), let key = self.issuer.key.publicJWK else { throw Down() }
                return FetchedKeySet(json: JWKSet([key]).json())
            }
        }
    }

    private static func with(_ body: (Site, Source) async throws -> Void) async throws {
        let source = Source(try Issuer())
        let settings = try source.issuer.settings { $0.keys = .remote(url: "https://login.example.com/keys") }
        try await Site.with(settings: {
            $0.issuers = [settings]
            $0.keySetFetch = source.fetch
        }) { try await body($0, source) }
    }

    @Test func `of another issuer that cannot be fetched is told once to the log and in readyz, and keeps nobody else out`() async throws {
        try await Self.with { site, source in
            func lines(_ word: String) -> [String] { site.log.lines.filter { $0.contains("gate.key_set=") && $0.hasPrefix(word) } }
            func issuers() async throws -> String? {
                let ready = try await site.get("/api/readyz")
                #expect(ready.status == 200 && ready.json("status") == "ready" && ready.text.contains(#""keys":"ok""#), "\(ready)")
                return ["ok", "degraded"].first { ready.text.contains("\"issuers\":\"\($0)\"") }
            }
            let bearer = "Bearer \(try source.issuer.token(at: site.clock.now, lifetime: .seconds(24 * 3600)))"
            #expect(try await eventually { lines("error").count == 1 })
            #expect(lines("error").first?.contains("keys_unavailable") == true && lines("error").first?.contains("No token") == true)
            #expect(try await issuers() == "degraded")
            for _ in 0..<3 {
                let answer = try await site.get("/api/v1/auth/me", ["Authorization": bearer])
                #expect(answer.status == 503 && answer.code == "keys_unavailable" && answer["Retry-After"] != nil, "\(answer)")
                site.clock.advance(.seconds(40))
            }
            #expect(lines("error").count == 1 && lines("notice").isEmpty)

            source.isDown.withLock { $0 = false }
            #expect(try await site.isSignedIn(bearer: bearer))
            #expect(try await eventually { lines("notice").count == 1 })
            #expect(try await issuers() == "ok")

            source.isDown.withLock { $0 = true }
            site.clock.advance(.seconds(301))
            #expect(try await site.isSignedIn(bearer: bearer))
            #expect(try await eventually { lines("error").count == 2 })
            #expect(lines("error").last?.contains("are used for now") == true)
            #expect(try await issuers() == "degraded")
            #expect(try await site.isSignedIn(bearer: bearer))
        }
    }

    @Test func `is no matter of readyz where nobody else's is fetched`() async throws {
        try await Site.with { site in
            let ready = try await site.get("/api/readyz")
            #expect(ready.text.contains(#""keys":"ok""#) && !ready.text.contains("issuers"), "\(ready)")
        }
    }

    @Test(arguments: [(Duration.seconds(24 * 3600), 300), (.seconds(600), 300), (.seconds(60), 30), (.zero, 0)])
    func `of our own is kept by others for no longer than a key is published before it signs`(_ delay: Duration, age: Int) async throws {
        try await Site.with(settings: { $0.accounts.signing.publishDelay = delay }) { site in
            let keys = try await site.get("/.well-known/jwks.json")
            #expect(keys["Cache-Control"] == "public, max-age=\(age)")
        }
    }

    @Test(arguments: ["local", "config", "application", "mesh"])
    func `is of an issuer whose name means nobody else here`(_ id: String) async throws {
        let settings = try Issuer().settings { $0.id = id }
        await #expect(throws: GatehouseError.self) {
            try await Site.with(settings: {
                $0.issuers = [settings]
                $0.trustedProxies = [try? AddressRange("192.0.2.0/24")].compactMap { $0 }
                $0.proxyHeader = ProxyHeader(name: .init("X-Remote-User")!, provider: "mesh")
            }) { _ in }
        }
    }
}

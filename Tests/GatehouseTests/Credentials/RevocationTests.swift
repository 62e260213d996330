import Gatehouse
import Hummingbird
import Testing

@Suite struct `What is taken away` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.requiring(.scope("orders.read"), "orders").get { _, _ in "orders" }
        router.requiring(.anyRole("worker"), "workers").get { _, _ in "workers" }
        router.requiring(.permission("orders.read"), "reading").get { _, _ in "read" }
    }

    private static func with(_ body: (Site) async throws -> Void) async throws {
        try await Site.with(settings: { $0.acceptsBasic = true }, routes: routes) { site in
            try await site.permit("orders.read")
            try await body(site)
        }
    }

    @Test func `a token that was taken within the leeway stands until the leeway has passed`() async throws {
        let (seen, issuer) = (PrincipalRecorder(), try Issuer())
        var foreign = try issuer.settings()
        foreign.leeway = .seconds(60)
        let issuers = [foreign]
        try await Site.with(settings: { $0.issuers = issuers }, routes: seen.routes) { site in
            let own = try await seen.principal(site, ["Authorization": try await site.signIn().bearer])
            let abroad = try await seen.principal(site, ["Authorization": "Bearer \(try issuer.token(at: site.clock.now))"])
            for (principal, leeway) in [(abroad, Duration.seconds(60)), (own, .seconds(30))] {
                let end = try #require(principal.expiresAt)
                site.clock.advance(end - site.clock.now + leeway - .seconds(1))
                #expect(try await site.gate.isAlive(principal))
                site.clock.advance(.seconds(1))
                #expect(try await !site.gate.isAlive(principal))
            }
        }
    }

    @Test func `from a key is gone with the next request`() async throws {
        try await Self.with { site in
            let accounts = site.gate.accounts
            let (key, other) = (try await site.key("orders.read", roles: ["worker"]), try await site.key("orders.read"))
            for path in ["/orders", "/workers", "/reading"] { #expect(try await site.get(path, ["X-API-Key": key.text]).status == 200) }
            #expect(try await site.get("/workers", ["X-API-Key": other.text]).status == 403)
            try await accounts.roles.remove(["worker"], from: site.ada.id, in: .default)
            for path in ["/orders", "/workers", "/reading"] { #expect(try await site.get(path, ["X-API-Key": key.text]).status == 403) }
            try await accounts.roles.assign(["worker"], to: site.ada.id, in: .default)
            #expect(try await site.get("/orders", ["X-API-Key": key.text]).status == 200)
            try await accounts.roles.define("worker", permissions: [], in: .default)
            #expect(try await site.get("/orders", ["X-API-Key": key.text]).status == 403)
            #expect(try await site.get("/workers", ["X-API-Key": key.text]).status == 200)
            try await accounts.apiKeys.revoke(key.id, in: .everyTenant)
            #expect(try await site.get("/workers", ["X-API-Key": key.text]).status == 401)
            #expect(try await site.get("/api/v1/auth/me", ["X-API-Key": other.text]).status == 200)
            try await accounts.users.disable(id: site.ada.id, in: .everyTenant)
            #expect(try await site.get("/api/v1/auth/me", ["X-API-Key": other.text]).status == 401)
            #expect(try await site.get("/api/v1/auth/me", ["Authorization": Site.basic("ada")]).status == 401)
        }
    }

    @Test func `from a foreign token's roles is gone with the next request`() async throws {
        let issuer = try Issuer()
        let settings = try issuer.settings()
        try await Site.with(settings: { $0.issuers = [settings] }, routes: Self.routes) { site in
            try await site.gate.accounts.roles.define("worker", permissions: ["orders.read"], in: .default)
            let bearer = "Bearer \(try issuer.token(at: site.clock.now, roles: ["worker", "admin", "unknown"]))"
            #expect(try await site.get("/reading", ["Authorization": bearer]).status == 200)
            let me = try await site.get("/api/v1/auth/me", ["Authorization": bearer])
            #expect(me.strings("roles") == ["unknown", "worker"] && me.strings("permissions") == ["orders.read"], "\(me)")
            #expect(me.json("username") == "corp:eve" && me.json("id") == "eve" && me.json("auth_provider") == "corp")
            try await site.gate.accounts.roles.define("worker", permissions: [], in: .default)
            #expect(try await site.get("/reading", ["Authorization": bearer]).status == 403)
            #expect(try await site.get("/workers", ["Authorization": bearer]).status == 200)
            #expect(try await site.get("/api/v1/auth/me", ["Authorization": bearer]).strings("permissions") == [])
            try await site.gate.accounts.roles.define("worker", permissions: ["orders.read", "orders.write"], in: .default)
            for permissions in [["orders.read", "orders.write"], ["orders.read", "orders.write"]] {
                #expect(try await site.get("/api/v1/auth/me", ["Authorization": bearer]).strings("permissions") == permissions)
            }
        }
    }

    @Test func `ends what an open connection stands on`() async throws {
        let issuer = try Issuer()
        let settings = try issuer.settings()
        let seen = PrincipalRecorder()
        try await Site.with(
            settings: {
                $0.acceptsBasic = true
                $0.issuers = [settings]
                $0.fixedKeys = [Site.fixedKey("robot", "a-fixed-key", "orders.read")]
            }, routes: seen.routes
        ) { site in
            try await site.permit("orders.read")
            let accounts = site.gate.accounts
            let key = try await site.key("orders.read")
            let byKey = try await seen.principal(site, ["X-API-Key": key.text])
            let fixed = try await seen.principal(site, ["X-API-Key": "a-fixed-key"])
            let foreign = try await seen.principal(
                site, ["Authorization": "Bearer \(try issuer.token(at: site.clock.now, roles: ["worker"]))"])
            let basic = try await seen.principal(site, ["Authorization": Site.basic("ada")])
            let basicByKey = try await seen.principal(site, ["Authorization": Site.basic("", key.text)])
            for principal in [byKey, fixed, foreign, basic, basicByKey] { #expect(try await site.gate.isAlive(principal)) }
            try await accounts.roles.define("worker", permissions: ["orders.read", "more"], in: .default)
            // Those of a key too: a guard with `not` asks what its owner holds.
            for principal in [basic, foreign, byKey, basicByKey] { #expect(try await !site.gate.isAlive(principal)) }
            let byKeyAgain = try await seen.principal(site, ["X-API-Key": key.text])
            let basicByKeyAgain = try await seen.principal(site, ["Authorization": Site.basic("", key.text)])
            for principal in [byKeyAgain, fixed, basicByKeyAgain] { #expect(try await site.gate.isAlive(principal)) }
            try await accounts.apiKeys.revoke(key.id, in: .everyTenant)
            for principal in [byKeyAgain, basicByKeyAgain] { #expect(try await !site.gate.isAlive(principal)) }
            #expect(try await site.gate.isAlive(fixed))
        }
    }

    @Test func `from the signing keys is gone at once where it is done`() async throws {
        try await Self.with { site in
            let keys = site.gate.accounts.signingKeys
            let old = try #require(try keys.ring.signingKey).kid
            let person = try await site.signIn()
            let next = try await keys.rotate(now: true).kid
            #expect(try await site.get("/.well-known/jwks.json").text.contains(next))
            let later = try await site.signIn()
            try await keys.retire(kid: old)
            #expect(try await !site.isSignedIn(bearer: person.bearer))
            #expect(try await site.isSignedIn(bearer: later.bearer))
        }
    }

    @Test func `by a new password ends what the old one opened`() async throws {
        let seen = PrincipalRecorder()
        try await Site.with(settings: { $0.acceptsBasic = true }, routes: seen.routes) { site in
            let basic = try await seen.principal(site, ["Authorization": Site.basic("ada")])
            site.clock.advance(.seconds(1))
            #expect(try await site.gate.isAlive(basic))
            try await site.gate.accounts.users.setPassword(Secret("another long phrase"), of: site.ada.id, in: .everyTenant)
            #expect(try await !site.gate.isAlive(basic))
            #expect(try await site.gate.upstreamToken(for: basic, audience: .supervisedUI) == nil)
        }
    }
}

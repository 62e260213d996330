import Gatehouse
import Hummingbird
import Testing

@Suite struct `A token made for a caller without a session` {
    private static func with(_ body: (Site, PrincipalRecorder, Issuer) async throws -> Void) async throws {
        let (seen, issuer) = (PrincipalRecorder(), try Issuer())
        let foreign = try issuer.settings()
        try await Site.with(
            settings: {
                $0.acceptsBasic = true
                $0.issuers = [foreign]
                $0.fixedKeys = [Site.fixedKey("robot", "a-fixed-key", "orders.read")]
                $0.credential = CustomCredential(fields: [.init("X-Team")!]) { _, fields in
                    fields[.init("X-Team")!].map {
                        Principal(
                            id: $0, authProvider: "teams", username: "teams:\($0)", permissions: ["a", "b"], scopes: ["a"], credential: .custom)
                    }
                }
            }, routes: seen.routes
        ) { site in
            try await site.permit("orders.read", "orders.write", "api_keys.create")
            try await body(site, seen, issuer)
        }
    }

    @Test func `is taken back with exactly the same rights, by our API alone`() async throws {
        try await Self.with { site, seen, issuer in
            let key = try await site.key("orders.read", roles: ["worker"])
            let scoped = try issuer.token(at: site.clock.now, scopes: ["orders.read"], roles: ["worker"])
            let credentials: [Site.Fields] = [
                ["X-API-Key": key.text], ["Authorization": Site.basic("", key.text)], ["X-API-Key": "a-fixed-key"],
                ["Authorization": Site.basic("ada")],
                ["Authorization": "Bearer \(scoped)"], ["Authorization": "Bearer \(try issuer.token(at: site.clock.now))"], ["X-Team": "red"],
            ]
            for fields in credentials {
                let principal = try await seen.principal(site, fields)
                let token = try #require(try await site.gate.upstreamToken(for: principal, audience: .supervisedUI))
                let back = try await seen.principal(site, ["Authorization": "Bearer \(token)"])
                #expect(back.identity == principal.identity && back.tenant == principal.tenant && back.kind == principal.kind, "\(fields)")
                #expect(back.roles == principal.roles && back.permissions == principal.permissions && back.scopes == principal.scopes, "\(fields)")
                #expect(back.username == principal.username && back.email == principal.email && back.isDelegated, "\(fields)")
                #expect(back.credential == .accessToken && back.sessionID == nil && back.credentialID == principal.credentialID)
                let end = site.clock.now + .seconds(900)
                #expect(back.expiresAt == min(principal.expiresAt ?? end, end), "\(fields)")
                #expect(try await site.gate.isAlive(back), "\(fields)")
                let again = try #require(try await site.gate.upstreamToken(for: back, audience: .supervisedUI))
                #expect(try await seen.principal(site, ["Authorization": "Bearer \(again)"]).hasSameRights(as: principal), "\(fields)")
                let other = try #require(try await site.gate.upstreamToken(for: principal, audience: .upstream(path: "/reports")))
                #expect(try await site.get("/who", ["Authorization": "Bearer \(other)"]).code == "invalid_token")
                #expect(try await site.get("/api/v1/api-keys", ["Authorization": "Bearer \(token)"]).refusal == .forbidden)
                #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": "Bearer \(token)"]).status < 300)
            }
        }
    }

    @Test func `falls with its key, its account and its end`() async throws {
        try await Self.with { site, seen, issuer in
            let key = try await site.key("orders.read")
            func token(_ fields: Site.Fields) async throws -> String {
                "Bearer \(try #require(try await site.gate.upstreamToken(for: try await seen.principal(site, fields), audience: .supervisedUI)))"
            }
            let byKey = try await token(["X-API-Key": key.text])
            let short = try await token(["Authorization": "Bearer \(try issuer.token(at: site.clock.now, lifetime: .seconds(60)))"])
            site.clock.advance(.seconds(1))
            let basic = try await token(["Authorization": Site.basic("ada")])
            for bearer in [byKey, short, basic] { #expect(try await site.isSignedIn(bearer: bearer)) }
            try await site.gate.accounts.apiKeys.revoke(key.id, in: .everyTenant)
            #expect(try await !site.isSignedIn(bearer: byKey))
            site.clock.advance(.seconds(90))
            #expect(try await !site.isSignedIn(bearer: short))
            #expect(try await site.isSignedIn(bearer: basic))
            try await site.gate.accounts.users.disable(id: site.ada.id, in: .everyTenant)
            #expect(try await !site.isSignedIn(bearer: basic))
        }
    }

    @Test func `of a session in another tenant acts there, and nowhere else`() async throws {
        let seen = PrincipalRecorder()
        try await Site.with(settings: { $0.tenancy = Tenancy(header: .init("X-Tenant")!) }, routes: seen.routes) { site in
            try await site.gate.accounts.tenants.create(Tenant(id: "acme", name: "Acme"))
            try await site.permit("orders.read", role: "clerk", in: "acme")
            let person = try await site.signIn()
            let principal = try await seen.principal(site, ["Cookie": person.cookie, "X-Tenant": "acme"])
            #expect(principal.tenant == "acme" && principal.roles == ["clerk"])
            let token = try #require(try await site.gate.upstreamToken(for: principal, audience: .supervisedUI))
            let back = try await seen.principal(site, ["Authorization": "Bearer \(token)"])
            #expect(back.tenant == "acme" && back.roles == ["clerk"] && back.permissions == ["orders.read"])
            #expect(try await site.get("/who", ["Authorization": "Bearer \(token)", "X-Tenant": "default"]).refusal == .forbidden)
            for one in [principal, back] { #expect(try await site.gate.isAlive(one)) }
            try await site.gate.accounts.roles.remove(["clerk"], from: site.ada.id, in: "acme")
            for one in [principal, back] { #expect(try await !site.gate.isAlive(one)) }
            #expect(try await site.get("/who", ["Authorization": "Bearer \(token)"]).status == 403)
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }
}

extension Principal {
    fileprivate func hasSameRights(as other: Principal) -> Bool {
        identity == other.identity && roles == other.roles && permissions == other.permissions && scopes == other.scopes
    }
}

import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

@Suite struct `The audit trail` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.requiring(.anyRole("boss"), "bosses").get { _, _ in "in" }
    }

    @Test func `names the request, the address and the tenant of what happened in one`() async throws {
        try await Site.with(routes: Self.routes) { site in
            try await site.permit("orders.read", "api_keys.create")
            let person = try await site.signIn("ada", Site.password, ["X-Request-ID": "sign-in-1"])
            let created = try #require(site.audit.events("session.created").last)
            #expect(created.requestID == "sign-in-1" && created.address == "127.0.0.1" && created.tenant == .default)
            _ = try await site.post(
                "/api/v1/api-keys", json: #"{"name":"ci","scopes":[]}"#, ["Authorization": person.bearer, "X-Request-ID": "key-1"])
            let key = try #require(site.audit.events("api_key.created").last)
            #expect(key.requestID == "key-1" && key.actor == site.ada.identity && key.address == "127.0.0.1" && key.tenant == .default)
            #expect(try await site.get("/bosses", ["Authorization": person.bearer, "X-Request-ID": "denied-1"]).status == 403)
            let denied = try #require(site.audit.events("request.denied").last)
            #expect(denied.requestID == "denied-1" && denied.actor == site.ada.identity && denied.code == .forbidden)
            #expect(denied.details == ["method": "GET", "path": "/bosses"])
        }
    }

    @Test func `names a refused key by its id, never by its secret`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let key = try await site.key()
            try await site.gate.accounts.apiKeys.revoke(key.id, in: .everyTenant)
            #expect(try await site.get("/bosses", ["X-API-Key": key.text]).status == 401)
            #expect(try await site.get("/bosses", ["X-API-Key": "nothing like a key"]).status == 400)
            #expect(try await site.get("/bosses", ["X-API-Key": "unknown"]).status == 401)
            #expect(site.audit.events("api_key.refused").map(\.subject) == [key.id, nil])
            #expect(!site.log.lines.contains { $0.contains(key.text) })
        }
    }

    @Test func `names a refused key and its owner however it was presented`() async throws {
        let fixed = "a-key-that-stands-in-the-settings"
        try await Site.with(
            settings: {
                $0.acceptsBasic = true
                $0.fixedKeys = [Site.fixedKey("robot", fixed, addresses: [(try? AddressRange("192.0.2.0/24"))].compactMap { $0 })]
            }, routes: Self.routes
        ) { site in
            let (revoked, bound) = (try await site.key(), try await site.key(addresses: ["192.0.2.7/32"]))
            let expired = try await site.key(expiresIn: .seconds(60))
            site.clock.advance(.seconds(60))
            try await site.gate.accounts.apiKeys.revoke(revoked.id, in: .everyTenant)
            let secret = String(bound.text.split(separator: "_")[3])
            let robot = Principal(id: "robot", authProvider: FixedKey.provider, username: "config:robot", credential: .apiKey).identity
            let cases: [(Site.Fields, String, Principal.Identity?)] = [
                (["X-API-Key": revoked.text], revoked.id, nil), (["X-API-Key": expired.text], expired.id, nil),
                (["Authorization": "Api-Key \(expired.text)"], expired.id, nil), (["Authorization": "Bearer \(revoked.text)"], revoked.id, nil),
                (["Authorization": Site.basic("", revoked.text)], revoked.id, nil), (["X-API-Key": bound.text], bound.id, site.ada.identity),
                (["Authorization": Site.basic("x", bound.text)], bound.id, site.ada.identity),
                (["Authorization": Site.basic(bound.id, secret)], bound.id, site.ada.identity), (["X-API-Key": fixed], "robot", robot),
                (["Authorization": "Bearer \(fixed)"], "robot", robot), (["Authorization": Site.basic("", fixed)], "robot", robot),
            ]
            for (fields, subject, actor) in cases {
                let before = site.audit.events("api_key.refused").count
                let answer = try await site.get("/bosses", fields)
                #expect(answer.status == 401 && answer.code == "invalid_token", "\(fields) \(answer)")
                let events = site.audit.events("api_key.refused")
                #expect(events.count == before + 1, "\(fields)")
                #expect(events.last?.subject == subject && events.last?.actor == actor && events.last?.tenant == .default, "\(fields)")
            }
            #expect(!site.log.lines.contains { line in [revoked.text, expired.text, bound.text, secret, fixed].contains { line.contains($0) } })
        }
    }

    @Test func `names whose credential was sent to another tenant, and which`() async throws {
        let issuer = try Issuer()
        let settings = try issuer.settings { $0.tenant = "north" }
        try await Site.with(
            settings: {
                $0.acceptsBasic = true
                $0.issuers = [settings]
                $0.tenancy = Tenancy(header: HTTPField.Name("X-Tenant"))
            }, routes: Self.routes
        ) { site in
            let person = try await site.signIn()
            let key = try await site.key().text
            let cases: [(Site.Fields, Principal.Identity, Tenant.ID)] = [
                (["X-API-Key": key], site.ada.identity, .default), (["Authorization": Site.basic("ada")], site.ada.identity, .default),
                (["Authorization": Site.basic("", key)], site.ada.identity, .default),
                (
                    ["Authorization": "Bearer \(try issuer.token(at: site.clock.now))"],
                    Principal(id: "eve", authProvider: "corp", username: "corp:eve", credential: .foreignToken).identity, "north"
                ),
                (["Authorization": person.bearer], site.ada.identity, .default), (["Cookie": person.cookie], site.ada.identity, .default),
            ]
            for (fields, owner, tenant) in cases {
                let before = site.audit.events("tenant.refused").count
                #expect(try await site.send("GET", "/bosses", Array(fields) + [("X-Tenant", "acme")]).refusal == .forbidden, "\(fields)")
                let events = site.audit.events("tenant.refused")
                let refused = try #require(events.last)
                #expect(events.count == before + 1 && refused.actor == owner && refused.tenant == tenant, "\(fields) \(refused)")
                #expect(refused.subject == owner.id, "\(fields) \(refused)")
                if !fields.contains(where: { $0.key == "Cookie" }) { #expect(refused.details == ["named_tenant": "acme"], "\(fields)") }
            }
        }
    }

    @Test func `counts what one address is refused more than sixty times a minute`() async throws {
        try await Site.with(routes: Self.routes) { site in
            for _ in 0..<75 { _ = try await site.get("/bosses", ["X-API-Key": "unknown"]) }
            #expect(site.audit.events("api_key.refused").count == 60)
            #expect(try await site.send("GET", "/bosses", [("X-API-Key", "unknown")], from: "127.0.0.9").status == 401)
            #expect(site.audit.events("api_key.refused").count == 61)
            // What is no refusal is never left out.
            _ = try await site.signIn()
            #expect(site.audit.events("session.created").count == 1)
            site.clock.advance(.seconds(61))
            _ = try await site.get("/bosses", ["X-API-Key": "unknown"])
            let summary = try #require(site.audit.events("refusals.dropped").first)
            #expect(summary.address == "127.0.0.1" && summary.details == ["count": "15"], "\(summary)")
            #expect(site.audit.events("refusals.dropped").count == 1)
        }
    }
}

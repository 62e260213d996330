import Gatehouse
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

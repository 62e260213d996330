import Gatehouse
import Hummingbird
import Testing

@Suite struct `A token made for development` {
    @Test func `acts as the user, says what it is told, and ends with its session`() async throws {
        let seen = PrincipalRecorder()
        try await Site.with(routes: seen.routes) { site in
            try await site.permit("orders.read", "orders.write")
            let token = try await site.gate.issue(for: "ada@example.com", lifetime: .seconds(3600), extra: ["team": "red"]).expose { $0 }
            let principal = try await seen.principal(site, ["Authorization": "Bearer \(token)"])
            #expect(principal.id == site.ada.id && principal.roles == ["worker"] && principal.scopes == nil && !principal.isDelegated)
            #expect(principal.claims?.string("team") == "red" && principal.claims?.string("client_id") == "gatehouse")
            #expect(principal.claims?.string("tenant") == "default" && principal.expiresAt == site.clock.now + .seconds(3600))
            for claim in ["iss", "sub", "aud", "exp", "iat", "jti", "sid", "roles"] {
                #expect(principal.claims?.element(at: [claim]) != nil, "\(claim)")
            }
            try await site.gate.accounts.sessions.end(id: try #require(principal.sessionID))
            #expect(try await !site.isSignedIn(bearer: "Bearer \(token)"))
        }
    }

    @Test func `may be narrowed, and is then no session of one's own`() async throws {
        let seen = PrincipalRecorder()
        try await Site.with(routes: seen.routes) { site in
            try await site.permit("orders.read", "orders.write")
            let token = try await site.gate.issue(for: "ada", scopes: ["orders.read", "else"]).expose { $0 }
            let principal = try await seen.principal(site, ["Authorization": "Bearer \(token)"])
            #expect(principal.scopes == ["orders.read", "else"] && principal.permissions == ["orders.read"])
            #expect(principal.claims?.string("scope") == "else orders.read")
            #expect(try await site.get("/api/v1/api-keys", ["Authorization": "Bearer \(token)"]).refusal == .forbidden)
        }
    }

    @Test(arguments: ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "client_id", "tenant", "scope", "roles", "credential"])
    func `cannot be told a registered claim`(_ name: String) async throws {
        try await Site.with { site in
            await #expect { _ = try await site.gate.issue(for: "ada", extra: [name: "x"]) } throws: {
                ($0 as? GatehouseError)?.code == .validationFailed
            }
        }
    }

    @Test func `is for people whom there is`() async throws {
        try await Site.with { site in
            await #expect { _ = try await site.gate.issue(for: "nobody") } throws: { ($0 as? GatehouseError)?.code == .notFound }
            await #expect { _ = try await site.gate.issue(for: "ada", in: "acme") } throws: { ($0 as? GatehouseError)?.code == .forbidden }
            try await site.gate.accounts.users.disable(id: site.ada.id, in: .everyTenant)
            await #expect { _ = try await site.gate.issue(for: "ada") } throws: { ($0 as? GatehouseError)?.code == .forbidden }
        }
    }
}

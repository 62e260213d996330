import Gatehouse
import Hummingbird
import Testing

@Suite struct `A guard with not` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.requiring(.not(.anyRole("suspended")), "active").get { _, context in context.principal.username }
        router.requiring(.not(.permission("orders.write")), "readers").get { _, context in context.principal.username }
        router.requiring(.not(.not(.anyRole("suspended"))), "suspended").get { _, context in context.principal.username }
    }

    private static func with(_ body: (Site, PrincipalRecorder) async throws -> Void) async throws {
        let seen = PrincipalRecorder()
        try await Site.with(
            settings: {
                $0.acceptsBasic = true
                $0.credential = CustomCredential(fields: [.init("X-Team")!]) { _, fields in
                    fields[.init("X-Team")!].map {
                        Principal(
                            id: $0, authProvider: "teams", username: "teams:\($0)", permissions: ["orders.read", "orders.write"],
                            scopes: ["orders.read"], credential: .custom, ownerRoles: ["suspended"])
                    }
                }
            },
            routes: { router in
                try routes(router)
                try seen.routes(router)
            }
        ) { site in
            try await site.permit("orders.read", "orders.write", role: "suspended")
            try await body(site, seen)
        }
    }

    @Test func `is passed by no key and no narrowed token whose owner fails it`() async throws {
        try await Self.with { site, seen in
            let key = try await site.key("orders.read")
            let narrowed = try await site.gate.issue(for: "ada", scopes: ["orders.read"]).expose { $0 }
            var credentials: [Site.Fields] = [
                ["Authorization": try await site.signIn().bearer], ["X-API-Key": key.text], ["Authorization": Site.basic("", key.text)],
                ["Authorization": "Bearer \(narrowed)"], ["X-Team": "red"],
            ]
            for fields in credentials {
                let principal = try await seen.principal(site, fields)
                let token = try #require(try await site.gate.upstreamToken(for: principal, audience: .supervisedUI))
                credentials.append(["Authorization": "Bearer \(token)"])
            }
            for (index, fields) in credentials.enumerated() {
                #expect(try await site.get("/active", fields).refusal == .forbidden, "\(index)")
                #expect(try await site.get("/readers", fields).refusal == .forbidden, "\(index)")
                // A double not gives a credential nothing that it does not bring: the session and tokens of it have the role.
                let bringsRole = [0, 3, 5, 8].contains(index)
                #expect(try await site.get("/suspended", fields).status == (bringsRole ? 200 : 403), "\(index)")
            }
        }
    }

    @Test func `is passed by a key whose owner passes it, until the owner does not`() async throws {
        try await Self.with { site, seen in
            let bob = try await site.person("bob")
            try await site.permit("orders.read", role: "reader", to: bob)
            let key = try await site.key("orders.read", of: bob)
            #expect(try await site.get("/active", ["X-API-Key": key.text]).text == "bob")
            let principal = try await seen.principal(site, ["X-API-Key": key.text])
            #expect(try await site.gate.isAlive(principal))
            try await site.gate.accounts.roles.assign(["suspended"], to: bob.id, in: .default)
            #expect(try await site.get("/active", ["X-API-Key": key.text]).refusal == .forbidden)
            #expect(try await !site.gate.isAlive(principal), "what was opened with the rights of before does not stay open")
        }
    }
}

import Gatehouse
import GatehouseSQLite
import Hummingbird
import Logging
import Testing

@Suite struct `Before a gate listens` {
    private func gate(_ publicURL: String? = nil, _ change: @escaping @Sendable (inout GateSettings) -> Void = { _ in }) async throws -> Gate {
        try await Site.gate(Site.Plan(publicURL: publicURL, settings: change), TestClock(), AuditRecorder(), LogRecorder())
    }

    private func refusal(_ routes: (TestRouter) -> Void) async throws -> GatehouseError.Code? {
        let gate = try await gate()
        let router = gate.router(context: BasicIdentityContext.self)
        routes(router)
        do throws(GatehouseError) {
            _ = try gate.application(router)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a route with a policy that can be used starts`() async throws {
        #expect(try await refusal { $0.signedIn("a").get { _, _ in "" } } == nil)
        #expect(try await refusal { $0.open("a").get { _, _ in "" } } == nil)
    }

    @Test func `public is not a policy to require`() async throws {
        #expect(try await refusal { $0.requiring(.public, "a").get { _, _ in "" } } == .routeUnguarded)
        #expect(try await refusal { $0.signedIn("a").requiring(.public).get { _, _ in "" } } == .routeUnguarded)
        #expect(try await refusal { $0.signedIn("a").requiring(.any(.public, .signedIn)).get { _, _ in "" } } == .routeUnguarded)
    }

    @Test func `an open group cannot be narrowed`() async throws {
        #expect(try await refusal { $0.open("a").requiring(.signedIn).get { _, _ in "" } } == .routeUnguarded)
    }

    @Test func `an empty list guards nothing`() async throws {
        for policy in [Policy.anyRole([]), .allRoles([]), .scopes([]), .any([]), .all([]), .not(.anyRole([])), .any(.signedIn, .scopes([]))] {
            #expect(try await refusal { $0.requiring(policy, "a").get { _, _ in "" } } == .routeUnguarded, "\(policy)")
            #expect(try await refusal { $0.signedIn("a").requiring(policy).get { _, _ in "" } } == .routeUnguarded, "\(policy)")
            #expect(
                try await refusal { $0.forward("b", requiring: policy, address: "x") { _, _, _ in Response(status: .ok) } } == .routeUnguarded)
        }
    }

    @Test func `a guard judges only parameters that the path has`() async throws {
        for policy in [Policy.tenant("tennant"), .not(.tenant("tennant")), .any(.signedIn, .tenant("tennant"))] {
            #expect(try await refusal { $0.requiring(policy, "t/{tenant}").get { _, _ in "" } } == .configurationInvalid, "\(policy)")
            #expect(
                try await refusal { $0.forward("t/{tenant}", requiring: policy, address: "x") { _, _, _ in Response(status: .ok) } }
                    == .configurationInvalid)
        }
        #expect(try await refusal { $0.requiring(.tenant("tenant"), "t").group("{tenant}").get { _, _ in "" } } == nil)
    }

    @Test func `a route that cannot be told from another is refused`() async throws {
        #expect(try await refusal { $0.signedIn("a").get { _, _ in "" }.get { _, _ in "" } } == .configurationInvalid)
        #expect(
            try await refusal { router in
                router.signedIn("a/{x}").get { _, _ in "" }
                router.signedIn("a/{y}").post { _, _ in "" }
            } == .configurationInvalid)
        #expect(try await refusal { $0.open("api/auth").post("login") { _, _ in "" } } == .configurationInvalid)
    }

    @Test(arguments: ["a/**/b", "a/{x}.json", "a/x{y}", "a/*.json", "a/b%2Fc", "{x}/{x}", "a/:x/b/:x", "a/{}", "a/.", "a/../b", "a;b", "a\\b"])
    func `a pattern that no request or more than one reading could mean is refused`(_ path: String) async throws {
        #expect(try await refusal { $0.signedIn(RouterPath(path)).get { _, _ in "" } } == .configurationInvalid)
    }

    @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "app.example.com", "128.0.0.1"])
    func `without a public URL no address but loopback is listened on`(_ host: String) async throws {
        let gate = try await gate()
        #expect { _ = try gate.application(gate.router(), host: host) } throws: { ($0 as? GatehouseError)?.code == .publicURLRequired }
        for host in ["127.0.0.1", "localhost", "::1", "127.0.0.9"] { _ = try gate.application(gate.router(), host: host) }
        let plain = try await self.gate("http://localhost:8080")
        #expect { _ = try plain.application(plain.router(), host: host) } throws: { ($0 as? GatehouseError)?.code == .publicURLRequired }
        let open = try await self.gate(Site.publicURL)
        _ = try open.application(open.router(), host: host)
    }

    @Test(arguments: [
        "http://app.example.com", "app.example.com", "https://app.example.com/x", "https://", "https://a b", "ftp://app.example.com", "",
        "https://app.example.com?x", "https://user@app.example.com", "http://127.0.0.1.example.com",
    ])
    func `a public URL is an https origin or loopback`(_ url: String) async throws {
        await #expect { _ = try await gate(url) } throws: { ($0 as? GatehouseError)?.code == .publicURLRequired }
    }

    @Test func `a public URL may end with a slash, and may be loopback over plain HTTP`() async throws {
        #expect(try await gate("https://app.example.com/").publicURL?.description == "https://app.example.com")
        #expect(try await gate("http://localhost:8080").publicURL?.description == "http://localhost:8080")
    }

    @Test(arguments: ["", "/", "api", "/api/", "/a//b", "/a/../b", "/API", "/a%20b", "/a?b", "/auth", "/auth/x", "/.well-known"])
    func `an API mount is a plain path of its own`(_ mount: String) async throws {
        await #expect { _ = try await gate(nil) { $0.apiMount = mount } } throws: { ($0 as? GatehouseError)?.code == .configurationInvalid }
    }

    @Test func `every route is listed with its methods, guard and target`() async throws {
        let gate = try await gate()
        let router = gate.router(context: BasicIdentityContext.self)
        router.signedIn("orders").requiring(.permission("orders.read")).get { _, _ in "" }.post(":id") { _, _ in "" }
        router.forward("reports", requiring: .anyRole("analyst"), address: "http://127.0.0.1:3000") { _, _, _ in Response(status: .ok) }
        let listed = Set(router.routes.map { "\($0.methods.joined(separator: ",")) \($0.path) \($0.guardDescription) \($0.target)" })
        let expected: Set<String> = [
            "GET /orders signed in and permission orders.read api", "POST /orders/{id} signed in and permission orders.read api",
            "* /reports/** any role of analyst http://127.0.0.1:3000", "POST /api/auth/login public api", "POST /api/auth/refresh public api",
            "POST /api/auth/logout public api", "POST /api/v1/auth/token public api", "GET /api/v1/auth/me signed in api",
            "GET /.well-known/jwks.json public api", "GET /api/healthz public api", "GET /api/readyz public api",
            "GET /api/v1/api-keys own session api", "POST /api/v1/api-keys own session and permission api_keys.create api",
            "PATCH /api/v1/api-keys/{id} own session api", "DELETE /api/v1/api-keys/{id} own session api",
            "POST /api/v1/api-keys/{id}/rotate own session and permission api_keys.create api",
        ]
        #expect(listed == expected)
    }
}

import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

@Suite struct `A tenant` {
    static let header = "X-Tenant"

    @Sendable static func routes(_ router: TestRouter) throws {
        router.signedIn("who").get { _, context in "\(context.principal.tenant) \(context.principal.roles.sorted())" }
        router.requiring(.permission("orders.read"), "orders").get { _, context in context.principal.tenant.rawValue }
        router.signedIn("note").post { _, _ in Response(status: .created) }
        router.signedIn("t/{tenant}/orders").get { _, context in context.principal.tenant.rawValue }
        router.requiring(.tenant("tenant"), "own/{tenant}").get { _, context in context.principal.tenant.rawValue }
    }

    static func with(_ settings: @escaping @Sendable (inout GateSettings) -> Void = { _ in }, _ body: (Site) async throws -> Void) async throws {
        try await Site.with(
            Site.publicURL, pages: true,
            settings: {
                $0.tenancy = Tenancy(
                    hosts: ["acme.example.com": "acme", "globex.example.com": "globex"], parameter: "tenant", header: .init(header)!)
                settings(&$0)
            }, routes: routes
        ) { site in
            for id in ["acme", "globex"] as [Tenant.ID] { try await site.gate.accounts.tenants.create(Tenant(id: id, name: id.rawValue)) }
            try await body(site)
        }
    }

    @Test func `is chosen by host, path and header among one's own, with the roles that one has there`() async throws {
        try await Self.with { site in
            try await site.permit("orders.read", role: "clerk", in: "acme")
            let person = try await site.signIn()
            let good: [(String, [(key: String, value: String)], String)] = [
                ("/who", [], "default []"), ("/who", [(Self.header, "acme")], "acme [clerk]"), ("/who", [(Self.header, "default")], "default []"),
                ("/who", [("Host", "acme.example.com")], "acme [clerk]"), ("/who", [("Host", "ACME.example.com.")], "acme [clerk]"),
                ("/t/acme/orders", [], "acme"), ("/t/acme/orders", [("Host", "acme.example.com"), (Self.header, "acme")], "acme"),
                ("/own/acme", [], "acme"), ("/own/default", [], "default"), ("/orders", [(Self.header, "acme")], "acme"),
            ]
            for (path, fields, text) in good {
                let answer = try await site.send("GET", path, fields + [("Cookie", person.cookie)])
                #expect(answer.status == 200 && answer.text == text, "\(path) \(fields) \(answer)")
            }
            let refused: [(String, [(key: String, value: String)])] = [
                ("/who", [(Self.header, "globex")]), ("/who", [("Host", "globex.example.com")]), ("/t/globex/orders", []), ("/own/globex", []),
                ("/t/acme/orders", [(Self.header, "default")]), ("/t/acme/orders", [("Host", "globex.example.com")]),
                ("/who", [("Host", "acme.example.com"), (Self.header, "default")]), ("/who", [(Self.header, "")]), ("/who", [(Self.header, "Acme")]),
                ("/orders", []),
            ]
            for (path, fields) in refused {
                let answer = try await site.send("GET", path, fields + [("Cookie", person.cookie)])
                #expect(answer.refusal == .forbidden, "\(path) \(fields) \(answer)")
            }
            #expect(site.audit.events("tenant.refused").allSatisfy { $0.requestID != nil && $0.tenant != nil && $0.address != nil })
        }
    }

    @Test func `has pages without a say on the host of another`() async throws {
        try await Self.with { site in
            try await site.permit("orders.read", role: "clerk", in: "acme")
            let person = try await site.signIn()
            for (host, origin, status) in [
                ("acme.example.com", "https://acme.example.com", 201), ("acme.example.com", "https://globex.example.com", 403),
                ("acme.example.com", Site.publicURL, 403), ("app.example.com", "https://acme.example.com", 403),
                ("app.example.com", Site.publicURL, 201),
            ] {
                let answer = try await site.send(
                    "POST", "/note", [("Host", host), ("Origin", origin), ("Cookie", person.cookie), ("X-CSRF-Token", person.csrf)])
                #expect(answer.status == status, "\(host) \(origin) \(answer)")
            }
        }
    }

    @Test func `that a path names must be the same in every reading`() async throws {
        try await Self.with { site in
            try await site.permit("orders.read", role: "clerk", in: "acme")
            let person = try await site.signIn()
            for path in ["/t/ACME/orders", "/t/acme%2fx/orders", "/t/acme%20/orders", "/t//acme/orders", "/t/acme;x/orders", "/t/%61cme/orders"] {
                let answer = try await site.get(path, ["Cookie": person.cookie])
                #expect(answer.status == 400 || answer.status == 403 || answer.status == 404 || answer.text == "acme", "\(path) \(answer)")
            }
        }
    }

    @Test func `makes an administrator of one tenant nobody in another`() async throws {
        try await Self.with { site in
            try await site.gate.accounts.roles.assign([.admin], to: site.ada.id, in: "acme")
            let person = try await site.signIn()
            #expect(try await site.get("/orders", ["Cookie": person.cookie, "X-Tenant": "acme"]).text == "acme")
            #expect(try await site.get("/orders", ["Cookie": person.cookie]).refusal == .forbidden)
            #expect(try await site.get("/orders", ["Cookie": person.cookie, "X-Tenant": "globex"]).refusal == .forbidden)
            let key = try await site.key("orders.read", in: "acme").text
            #expect(try await site.get("/orders", ["X-API-Key": key]).text == "acme")
            #expect(try await site.get("/orders", ["X-API-Key": key, "X-Tenant": "default"]).refusal == .forbidden)
            #expect(try await site.get("/orders", ["X-API-Key": key, "Host": "globex.example.com"]).refusal == .forbidden)
            try await site.gate.accounts.roles.remove([.admin], from: site.ada.id, in: "acme")
            #expect(try await site.get("/orders", ["X-API-Key": key]).status == 401)
            #expect(try await site.get("/who", ["Cookie": person.cookie, "X-Tenant": "acme"]).refusal == .forbidden)
        }
    }

    @Test func `that one is no member of does not cost the refresh token that is sent there`() async throws {
        try await Self.with { site in
            let person = try await site.signIn()
            let json = #"{"refresh_token":"\#(person.refreshToken)"}"#
            for (fields, code) in [(["Host": "globex.example.com"], "forbidden"), (["Host": "acme.example.com", "X-Tenant": "globex"], "forbidden")] {
                let fields = fields.map { ($0.key, $0.value) }
                let answer = try await site.send("POST", "/api/auth/refresh", [("Content-Type", "application/json")] + fields, body: json)
                #expect(answer.status == 403 && answer.code == code, "\(answer)")
                let token = try await site.send(
                    "POST", "/api/v1/auth/token", [("Content-Type", "application/x-www-form-urlencoded")] + fields,
                    body: "grant_type=refresh_token&refresh_token=\(person.refreshToken)")
                #expect(token.status == 400 && token.json("error") == "invalid_grant", "\(token)")
            }
            site.clock.advance(.seconds(60))
            let answer = try await site.post("/api/auth/refresh", json: json)
            #expect(answer.status == 200, "\(answer)")
        }
    }

    @Test func `is what a sign-in at its host is for, and its members alone get in`() async throws {
        try await Self.with { site in
            let json = #"{"username":"ada","password":"\#(Site.password)"}"#
            let outside = try await site.post("/api/auth/login", json: json, ["Host": "acme.example.com"])
            #expect(outside.refusal == .forbidden && outside.cookie == nil, "\(outside)")
            try await site.permit("orders.read", role: "clerk", in: "acme")
            let inside = try await site.post("/api/auth/login", json: json, ["Host": "acme.example.com", "Origin": "https://acme.example.com"])
            #expect(inside.status == 200, "\(inside)")
            let bearer = "Bearer \(try #require(inside.json("access_token")))"
            #expect(try await site.get("/who", ["Authorization": bearer]).text == "acme [clerk]")
            #expect(try await site.get("/who", ["Authorization": bearer, "Host": "acme.example.com"]).text == "acme [clerk]")
            #expect(try await site.get("/who", ["Authorization": bearer, "X-Tenant": "default"]).refusal == .forbidden)
            let refresh = try #require(inside.json("refresh_token"))
            let renewed = try await site.post(
                "/api/auth/refresh", json: #"{"refresh_token":"\#(refresh)"}"#, ["Host": "acme.example.com"])
            #expect(try await site.get("/who", ["Authorization": "Bearer \(try #require(renewed.json("access_token")))"]).text == "acme [clerk]")
            let cookie = try #require(inside.cookie)
            #expect(try await site.get("/who", ["Cookie": cookie, "Host": "acme.example.com"]).text == "acme [clerk]")
            let csrf = try #require(inside.json("csrf_token"))
            let alone = try await site.send(
                "POST", "/api/auth/refresh",
                ["Cookie": cookie, "Host": "acme.example.com", "Origin": "https://acme.example.com", "X-CSRF-Token": csrf])
            #expect(try await site.get("/who", ["Authorization": "Bearer \(try #require(alone.json("access_token")))"]).text == "acme [clerk]")
            #expect(try await site.get("/who", ["Cookie": cookie, "Host": "other.example.com"]).status == 421)
            let form = try await site.post(
                "/auth/sign-in", form: ["username": "ada", "password": Site.password],
                ["Host": "globex.example.com", "Origin": "https://globex.example.com"])
            #expect(form.status == 403, "\(form)")
        }
    }

    @Test func `of a foreign issuer is its own, and its tokens count there alone`() async throws {
        let issuer = try Issuer()
        let acme = try issuer.settings {
            $0.id = "acme-login"
            $0.tenant = "acme"
            $0.audience = ["acme"]
        }
        let globex = try issuer.settings {
            $0.id = "globex-login"
            $0.tenant = "globex"
            $0.audience = ["globex"]
        }
        try await Self.with({ $0.issuers = [acme, globex] }) { site in
            try await site.gate.accounts.roles.define("clerk", permissions: ["orders.read"], in: "acme")
            let token = { (audience: String) in "Bearer \(try issuer.token(audience: [audience], at: site.clock.now, roles: ["clerk"]))" }
            #expect(try await site.get("/orders", ["Authorization": try token("acme")]).text == "acme")
            #expect(try await site.get("/orders", ["Authorization": try token("acme"), "Host": "acme.example.com"]).text == "acme")
            #expect(try await site.get("/orders", ["Authorization": try token("acme"), "Host": "globex.example.com"]).refusal == .forbidden)
            #expect(try await site.get("/who", ["Authorization": try token("globex")]).text == "globex [clerk]")
            #expect(try await site.get("/orders", ["Authorization": try token("globex")]).refusal == .forbidden)
            #expect(try await site.get("/who", ["Authorization": try token("initech")]).refusal == .badToken)
            #expect(try await site.get("/api/v1/auth/me", ["Authorization": try token("globex")]).json("auth_provider") == "globex-login")
        }
    }

    @Test(arguments: ["Authorization", "cookie", "X-API-Key", "Connection", "Content-Type", "X-Request-ID"])
    func `is named by no field that means something else`(_ name: String) async throws {
        let field = try #require(HTTPField.Name(name))
        await #expect {
            _ = try await Site.gate(Site.Plan(settings: { $0.tenancy.header = field }), TestClock(), AuditRecorder(), LogRecorder())
        } throws: {
            ($0 as? GatehouseError)?.code == .configurationInvalid
        }
    }

    @Test func `stands in every line about a refusal and in every audit event`() async throws {
        try await Self.with { site in
            try await site.permit("orders.read", role: "clerk", in: "acme")
            let person = try await site.signIn()
            _ = try await site.get("/orders", ["Cookie": person.cookie])
            _ = try await site.get("/who", ["Host": "acme.example.com"])
            _ = try await site.get("/who", ["X-API-Key": "gh_nonsense", "Host": "globex.example.com"])
            _ = try await site.get("/api/nowhere", ["Cookie": person.cookie, "X-Tenant": "acme"])
            let lines = site.log.lines.filter { $0.contains("gate.status=") }
            #expect(!lines.isEmpty && lines.allSatisfy { $0.contains("gate.tenant=") && $0.contains("gate.request_id=") }, "\(lines)")
            #expect(lines.contains { $0.contains("gate.tenant=acme") } && lines.contains { $0.contains("gate.tenant=globex") })
            #expect(site.audit.events("api_key.refused").map(\.tenant) == ["globex"])
            #expect(site.audit.events("request.denied").map(\.tenant) == ["default"])
            #expect(site.audit.events("session.created").allSatisfy { $0.requestID != nil && $0.tenant != nil })
        }
    }
}

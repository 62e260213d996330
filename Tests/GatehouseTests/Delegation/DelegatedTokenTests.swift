import Gatehouse
import GatehouseSQLite
import Hummingbird
import Testing

@Suite struct `A token made for a UI` {
    @Test func `acts as the person but not on the session`() async throws {
        try await Site.with(routes: { $0.signedIn("a").get { _, context in context.principal.username } }) { site in
            let person = try await site.signIn()
            let bearer = "Bearer \(try await site.delegatedToken(of: person))"
            #expect(try await site.get("/a", ["Authorization": bearer]).text == "ada")
            let me = try await site.get("/api/v1/auth/me", ["Authorization": bearer])
            #expect(me.status == 200 && !me.keys.contains("csrf_token"))
            let out = try await site.send("POST", "/api/auth/logout", ["Authorization": bearer])
            #expect(out.status == 403 && out.code == "forbidden", "\(out)")
            #expect(try await site.send("POST", "/api/auth/refresh", ["Authorization": bearer]).status == 401)
            #expect(try await site.isSignedIn(cookie: person.cookie))
            #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": person.bearer]).status == 204)
            #expect(try await site.get("/a", ["Authorization": bearer]).status == 401)
        }
    }

    @Test func `is all that an upstream at the API's own path gets`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let id = try #require(try await site.get("/api/v1/auth/me", ["Cookie": person.cookie]).json("session_id"))
            let principal = try #require(try await site.gate.accounts.sessions.find(id: id)).principal
            let token = try #require(try await site.gate.upstreamToken(for: principal, audience: .upstream(path: "/api")))
            let out = try await site.send("POST", "/api/auth/logout", ["Authorization": "Bearer \(token)"])
            #expect(out.status == 403, "\(out)")
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }

    @Test func `that has run out does not end the session either`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let id = try #require(try await site.get("/api/v1/auth/me", ["Cookie": person.cookie]).json("session_id"))
            let principal = Principal(
                id: site.ada.id, username: "ada", sessionID: id, credential: .accessToken, expiresAt: site.clock.now + .seconds(60))
            let token = try #require(try await site.gate.upstreamToken(for: principal, audience: .supervisedUI))
            #expect(try await site.isSignedIn(bearer: "Bearer \(token)"))
            site.clock.advance(.seconds(120))
            #expect(try await !site.isSignedIn(bearer: "Bearer \(token)"))
            _ = try await site.send("POST", "/api/auth/logout", ["Authorization": "Bearer \(token)"])
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }

    @Test func `lasts as long as the session and does not keep it alive`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let bearer = "Bearer \(try await site.delegatedToken(of: person))"
            site.clock.advance(.seconds(29 * 60))
            #expect(try await site.isSignedIn(bearer: bearer))
            site.clock.advance(.seconds(60))
            #expect(try await !site.isSignedIn(bearer: bearer))
        }
    }

    @Test func `and one for an upstream name the roles of now`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let id = try #require(try await site.get("/api/v1/auth/me", ["Cookie": person.cookie]).json("session_id"))
            func roles(_ audience: Gate.Audience) async throws -> [String] {
                let principal = try #require(try await site.gate.accounts.sessions.find(id: id)).principal
                let token = try #require(try await site.gate.upstreamToken(for: principal, audience: audience))
                let payload = token.split(separator: ".")[1]
                let bytes = try #require(Base64URL.decode(String(payload)))
                let text = String(decoding: bytes, as: UTF8.self)
                return text.contains("\"admin\"") ? ["admin"] : []
            }
            for audience in [Gate.Audience.supervisedUI, .upstream(path: "/reports")] {
                try await site.gate.accounts.users.setRoles([], of: site.ada.id)
                #expect(try await roles(audience) == [])
                try await site.gate.accounts.users.setRoles([.admin], of: site.ada.id)
                #expect(try await roles(audience) == ["admin"])
            }
        }
    }
}

@Suite struct `The private listener` {
    private func with(_ body: (Site) async throws -> Void) async throws {
        var plan = Site.Plan(publicURL: Site.publicURL, hasPages: true, hasPrivateListener: true)
        plan.settings = { $0.trustedProxies = [try? AddressRange("127.0.0.0/8")].compactMap { $0 } }
        plan.routes = { router in
            router.signedIn("api/mine").get { _, context in
                "\(context.principal.username) \(context.parent.identity.request?.client.map { "\($0)" } ?? "-")"
            }
            router.signedIn("orders").get { _, _ in "orders" }
            router.open("api/who").get { _, context in context.identity.principal?.username ?? "nobody" }
            router.forward("ui", requiring: .public, address: "ui") { _, _, _ in Response(status: .ok) }
            router.forward("api/upstream", requiring: .public, address: "ui") { _, _, _ in Response(status: .ok) }
        }
        try await Site.with(plan, body)
    }

    private func send(_ site: Site, _ method: String, _ target: String, _ fields: Site.Fields = [:], body: String? = nil) async throws -> Answer {
        try await site.send(method, target, [("Host", "127.0.0.1:\(site.privatePort)")] + Array(fields), body: body, port: site.privatePort)
    }

    @Test func `serves the API to a token`() async throws {
        try await with { site in
            let person = try await site.signIn()
            #expect(try await send(site, "GET", "/api/mine").status == 401)
            let fields: Site.Fields = ["Authorization": person.bearer, "X-Forwarded-For": "192.0.2.1", "X-Forwarded-User": "admin"]
            #expect(try await send(site, "GET", "/api/mine", fields).text == "ada 127.0.0.1")
            #expect(try await send(site, "GET", "/api/v1/auth/me", ["Authorization": person.bearer]).json("username") == "ada")
            #expect(try await send(site, "GET", "/api/healthz").status == 200)
            let other = try await send(site, "GET", "/api/v1/auth/me", ["Authorization": person.bearer, "X-Forwarded-Host": "evil.example"])
            #expect(other.status == 200)
        }
    }

    @Test func `has nothing beside the API`() async throws {
        try await with { site in
            let person = try await site.signIn()
            for path in [
                "/", "/orders", "/ui/x", "/auth/sign-in", "/auth/style.css", "/.well-known/jwks.json", "/api/upstream/x", "/nothing", "/API/mine",
            ] {
                let answer = try await send(site, "GET", path, ["Authorization": person.bearer])
                #expect([400, 404].contains(answer.status), "\(path) \(answer)")
                #expect([400, 404].contains(try await send(site, "POST", path).status), "\(path)")
            }
            #expect(try await send(site, "GET", "/api/nothing").status == 401)
        }
    }

    @Test func `looks at no cookie`() async throws {
        try await with { site in
            let person = try await site.signIn()
            let fields: Site.Fields = ["Cookie": person.cookie, "Origin": site.origin, "X-CSRF-Token": person.csrf]
            #expect(try await send(site, "GET", "/api/mine", fields).status == 401)
            #expect(try await send(site, "GET", "/api/who", fields).text == "nobody")
            #expect(try await send(site, "GET", "/api/mine", ["Cookie": "\(person.cookie); \(person.cookie)"]).status == 401)
            #expect(try await send(site, "POST", "/api/auth/refresh", fields).status == 401)
            let out = try await send(site, "POST", "/api/auth/logout", fields)
            #expect(out.status == 204 && out["Set-Cookie"] == nil)
            let json = #"{"username":"admin","password":"\#(Site.password)"}"#
            let login = try await send(
                site, "POST", "/api/auth/login", ["Content-Type": "application/json", "Cookie": person.cookie], body: json)
            #expect(login.status == 200, "\(login)")
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }
}

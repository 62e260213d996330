import Gatehouse
import HTTPTypes
import Hummingbird
import Synchronization
import Testing

@Suite struct `A credential of the application's own` {
    private struct Failure: Error {}

    private static let team = HTTPField.Name("X-Team")!

    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("who").get { request, context in
            "\(context.principal.credential.rawValue) \(context.principal.authProvider) \(context.principal.id) \(request.headers[team] ?? "-")"
        }
        router.requiring(.scope("orders.read"), "orders").get { _, _ in "orders" }
        router.open("open").get { _, context in context.identity.principal?.id ?? "nobody" }
    }

    @Sendable private static func check(_ value: String?) throws -> Principal? {
        switch value {
        case nil, "pass": return nil
        case "fail": throw Failure()
        case "bad": throw GatehouseError(.invalidToken, "The team's signature is wrong.")
        case "down": throw GatehouseError(.storeUnavailable, "The application's store is down.")
        case let id?:
            return Principal(
                id: id, authProvider: "teams", username: "teams:\(id)", permissions: ["orders.read"], sessionID: "stolen", credential: .session,
                isDelegated: false)
        }
    }

    @Test func `in a field of its own is ordered with the rest`() async throws {
        try await Site.with(
            settings: { $0.credential = CustomCredential(fields: [Self.team]) { _, fields in try Self.check(fields[Self.team]) } },
            routes: Self.routes
        ) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/who", ["X-Team": "red"]).text == "custom teams red -")
            #expect(try await site.get("/who", ["X-Team": "red", "Cookie": person.cookie]).text == "custom teams red -")
            #expect(try await site.get("/who", ["X-Team": "pass", "Cookie": person.cookie]).text == "session local \(site.ada.id) -")
            #expect(try await site.get("/who", ["X-Team": "pass"]).refusal == .nobody)
            #expect(try await site.get("/who", ["X-Team": "red", "Authorization": person.bearer]).refusal == .several)
            #expect(try await site.get("/who", ["X-Team": "red", "X-API-Key": "k"]).refusal == .several)
            #expect(try await site.send("GET", "/who", [("X-Team", "red"), ("X-Team", "red")]).refusal == .several)
            #expect(try await site.get("/who", ["X-Team": "bad", "Cookie": person.cookie]).refusal == .badToken)
            #expect(try await site.get("/open", ["X-Team": "bad"]).text == "nobody")
            for value in ["fail", "down"] {
                let answer = try await site.get("/who", ["X-Team": value, "Cookie": person.cookie])
                #expect(answer.status == 503 && answer.code == "store_unavailable", "\(value) \(answer)")
                #expect(value == "down" || answer["Retry-After"] == "5", "\(answer)")
            }
            let me = try await site.get("/api/v1/auth/me", ["X-Team": "red"])
            #expect(me.status == 200 && me.json("session_id") == nil && me.json("auth_provider") == "teams", "\(me)")
            #expect(try await site.get("/api/v1/api-keys", ["X-Team": "red"]).refusal == .forbidden)
        }
    }

    @Test func `in an Authorization scheme of its own leaves ours alone`() async throws {
        try await Site.with(
            settings: {
                $0.credential = CustomCredential(fields: [.authorization]) { _, fields in
                    try Self.check(fields[.authorization].map { String($0.dropFirst(5)) })
                }
            }, routes: Self.routes
        ) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/who", ["Authorization": "Hawk red"]).text == "custom teams red -")
            // A credential in the header that is nobody's is a bad one, whatever stands beside it.
            #expect(try await site.get("/who", ["Authorization": "Hawk pass", "Cookie": person.cookie]).refusal == .badToken)
            #expect(try await site.get("/open", ["Authorization": "Hawk pass", "Cookie": person.cookie]).text == "nobody")
            #expect(try await site.get("/who", ["Cookie": person.cookie]).text.hasPrefix("session"))
            #expect(try await site.get("/who", ["Authorization": person.bearer]).text.hasPrefix("access_token"))
            #expect(try await site.get("/who", ["Authorization": "Bearer x"]).refusal == .badToken)
        }
    }

    @Test func `that is a key of its own is looked up where it is none of ours`() async throws {
        let asked = Mutex<[String]>([])
        try await Site.with(
            settings: {
                $0.apiKeyLookup = { key, request in
                    let text = key.expose { $0 }
                    asked.withLock { $0.append("\(request.path.raw) \(text)") }
                    if text == "fail" { throw Failure() }
                    return text == "good"
                        ? Principal(id: "7", authProvider: "app", username: "app:7", scopes: ["orders.read"], credential: .custom) : nil
                }
            }, routes: Self.routes
        ) { site in
            for fields: Site.Fields in [["X-API-Key": "good"], ["Authorization": "Api-Key good"], ["Authorization": "Bearer good"]] {
                #expect(try await site.get("/who", fields).text == "api_key app 7 -", "\(fields)")
                #expect(try await site.get("/orders", fields).status == 200)
            }
            #expect(try await site.get("/who", ["X-API-Key": "bad"]).refusal == .badToken)
            let down = try await site.get("/who", ["X-API-Key": "fail"])
            #expect(down.status == 503 && down.code == "store_unavailable" && down["Retry-After"] == "5", "\(down)")
            asked.withLock { $0 = [] }
            try await site.permit("orders.read")
            let key = try await site.key("orders.read").text
            let person = try await site.signIn()
            for fields: Site.Fields in [
                ["X-API-Key": key], ["Authorization": person.bearer], ["X-API-Key": "gh_key_broken"], ["Authorization": "Bearer a.b.c"],
                ["X-API-Key": "a b"],
            ] {
                _ = try await site.get("/who", fields)
            }
            #expect(asked.withLock { $0 }.isEmpty)
        }
    }

    @Test func `that is a password signs its users in everywhere, behind the same throttle`() async throws {
        try await Site.with(
            pages: true,
            settings: {
                $0.acceptsBasic = true
                $0.passwordCheck = { name, password in
                    if name == "fail" { throw Failure() }
                    guard name == "legacy", password.expose({ $0 == "their own" }) else { return nil }
                    return ExternalIdentity(subject: "42", username: "legacy", name: "Legacy", roles: ["clerk"])
                }
            }, routes: Self.routes
        ) { site in
            try await site.gate.accounts.roles.define("clerk", permissions: ["orders.read"])
            let person = try await site.signIn("legacy", "their own")
            let me = try await site.get("/api/v1/auth/me", ["Cookie": person.cookie])
            #expect(me.json("username") == "legacy" && me.strings("roles") == ["clerk"] && me.json("auth_provider") == "local", "\(me)")
            #expect(try await site.get("/orders", ["Authorization": Site.basic("legacy", "their own")]).status == 200)
            #expect(try await site.post("/auth/sign-in", form: ["username": "legacy", "password": "their own"]).status == 303)
            let grant = try await site.post(
                "/api/v1/auth/token", form: ["grant_type": "password", "username": "legacy", "password": "their own"])
            #expect(grant.status == 200, "\(grant)")
            // Ours stay.
            _ = try await site.signIn()
            for _ in 0..<5 { #expect(try await site.get("/who", ["Authorization": Site.basic("legacy", "wrong")]).status == 401) }
            #expect(try await site.get("/who", ["Authorization": Site.basic("legacy", "their own")]).status == 429)
            #expect(try await site.post("/api/auth/login", json: #"{"username":"legacy","password":"their own"}"#).status == 429)
        }
    }

    /// Users of the application's, whose store is down for the name `fail`.
    @Sendable private static func checksPasswords(_ settings: inout GateSettings) {
        settings.acceptsBasic = true
        settings.passwordCheck = { name, password in
            if name == "fail" { throw Failure() }
            if name == "wrong" { throw GatehouseError(.invalidCredentials, "The application says no.") }
            guard password.expose({ $0 == "their own" }) else { return nil }
            return ExternalIdentity(subject: "of \(name)", username: ["twin": "ada", "unfit": "a:b"][name] ?? name)
        }
    }

    @Test func `that cannot be judged just now counts as no wrong password`() async throws {
        try await Site.with(pages: true, settings: Self.checksPasswords, routes: Self.routes) { site in
            for _ in 0..<8 {
                for answer in [
                    try await site.get("/who", ["Authorization": Site.basic("fail", "x")]),
                    try await site.post("/api/auth/login", json: #"{"username":"fail","password":"x"}"#),
                    try await site.post("/api/v1/auth/token", form: ["grant_type": "password", "username": "fail", "password": "x"]),
                    try await site.post("/auth/sign-in", form: ["username": "fail", "password": "x"]),
                ] {
                    #expect(answer.status == 503 && answer["Retry-After"] == "5", "\(answer)")
                }
            }
            // What the application itself calls wrong counts as it does with us.
            for _ in 0..<5 { #expect(try await site.get("/who", ["Authorization": Site.basic("wrong", "x")]).code == "invalid_credentials") }
            #expect(try await site.get("/who", ["Authorization": Site.basic("wrong", "x")]).code == "too_many_attempts")
        }
    }

    @Test func `that is a password makes no account where another has the name, and says no more than 403`() async throws {
        try await Site.with(settings: Self.checksPasswords, routes: Self.routes) { site in
            let basic = Site.basic("twin", "their own")
            let refused = try await site.get("/who", ["Authorization": basic])
            #expect(refused.refusal == .forbidden, "\(refused)")
            #expect(try await site.get("/open", ["Authorization": basic]).text == "nobody")
            #expect(try await site.get("/who", ["Authorization": Site.basic("unfit", "their own")]).refusal == .forbidden)
            #expect(try await site.get("/open", ["Authorization": Site.basic("unfit", "their own")]).text == "nobody")
            #expect(try await site.post("/api/auth/login", json: #"{"username":"twin","password":"their own"}"#).refusal == .forbidden)
        }
    }

    @Test func `belongs to one tenant as every other does`() async throws {
        try await Site.with(
            settings: {
                $0.tenancy = Tenancy(header: HTTPField.Name("X-Tenant"))
                $0.credential = CustomCredential(fields: [Self.team]) { _, fields in try Self.check(fields[Self.team]) }
                $0.apiKeyLookup = { key, _ in key.expose { try? Self.check($0) } }
            }, routes: Self.routes
        ) { site in
            for fields: Site.Fields in [["X-Team": "red"], ["X-API-Key": "red"], ["Authorization": "Bearer red"]] {
                #expect(try await site.send("GET", "/who", Array(fields) + [("X-Tenant", "default")]).status == 200, "\(fields)")
                #expect(try await site.send("GET", "/who", Array(fields) + [("X-Tenant", "acme")]).refusal == .forbidden, "\(fields)")
                #expect(try await site.send("GET", "/open", Array(fields) + [("X-Tenant", "acme")]).text == "nobody", "\(fields)")
                let refused = try #require(site.audit.events("tenant.refused").last)
                #expect(refused.actor?.authProvider == "teams" && refused.actor?.id == "red" && refused.tenant == .default, "\(refused)")
                #expect(refused.details == ["named_tenant": "acme"], "\(refused)")
            }
        }
    }
}

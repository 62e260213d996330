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
            #expect(try await site.get("/who", ["X-Team": "fail", "Cookie": person.cookie]).refusal == .badToken)
            #expect(try await site.get("/open", ["X-Team": "fail"]).text == "nobody")
            #expect(try await site.get("/who", ["X-Team": "down"]).status == 503)
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
            #expect(try await site.get("/who", ["Authorization": "Hawk pass", "Cookie": person.cookie]).text.hasPrefix("session"))
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
            #expect(try await site.get("/who", ["X-API-Key": "fail"]).refusal == .badToken)
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
            #expect(try await site.get("/who", ["Authorization": Site.basic("fail", "x")]).code == "invalid_credentials")
            for _ in 0..<5 { #expect(try await site.get("/who", ["Authorization": Site.basic("legacy", "wrong")]).status == 401) }
            #expect(try await site.get("/who", ["Authorization": Site.basic("legacy", "their own")]).status == 429)
            #expect(try await site.post("/api/auth/login", json: #"{"username":"legacy","password":"their own"}"#).status == 429)
        }
    }
}

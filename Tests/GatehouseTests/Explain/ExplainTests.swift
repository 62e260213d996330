import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

/// An explanation is worth something only if it says what really happens.
@Suite struct `An explanation` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.open("open").get { _, _ in "" }
        router.signedIn("mine").get { _, _ in "" }
        router.requiring(.all(.signedIn, .any(.anyRole("editor"), .permission("reports.write"))), "reports").post { _, _ in "" }
        router.requiring(.scope("orders.read"), "orders").get { _, _ in "" }
        router.requiring(.recent(within: .seconds(60)), "vault").get { _, _ in "" }
        router.requiring(.methods(["GET": .signedIn]), "map").on("", method: .delete) { _, _ in "" }
        router.requiring(.tenant("tenant"), "t/{tenant}/data").get { _, _ in "" }
    }

    private static func router(_ site: Site) throws -> TestRouter {
        let router = site.gate.router(context: BasicIdentityContext.self)
        try routes(router)
        return router
    }

    private static let targets = [
        ("GET", "/open"), ("GET", "/mine"), ("HEAD", "/mine"), ("POST", "/reports"), ("GET", "/orders"), ("GET", "/vault"), ("DELETE", "/map"),
        ("GET", "/t/default/data"), ("GET", "/t/other/data"), ("GET", "/t/default%2Fx/data"), ("GET", "/MINE"), ("GET", "/nowhere"),
        ("DELETE", "/mine"),
        ("GET", "/api/v1/unknown"), ("GET", "/api/v1/auth/me"), ("GET", "/a/../b"),
    ]

    @Test(.timeLimit(.minutes(2))) func `says what a client really gets, for every credential and route`() async throws {
        try await Site.with(settings: { $0.acceptsBasic = false }, routes: Self.routes) { site in
            let person = try await site.signIn()
            let (_, key) = try await site.gate.accounts.apiKeys.create(NewAPIKey(name: "test", scopes: []), for: site.ada.id, in: .default, by: nil)
            let credentials: [(ExplainedRequest.Credential, (key: String, value: String)?)] = [
                (.none, nil), (.bearer(Secret(person.token)), ("Authorization", person.bearer)),
                (.bearer(Secret("not.a.token")), ("Authorization", "Bearer not.a.token")),
                (.apiKey(key), ("X-API-Key", key.expose { $0 })), (.apiKey(Secret("gh_key_x")), ("X-API-Key", "gh_key_x")),
            ]
            for (method, target) in Self.targets {
                for (credential, field) in credentials {
                    let request = ExplainedRequest(method, target, credential: credential, client: IPAddress("127.0.0.1"))
                    let explained = try await site.gate.explain(request, on: try Self.router(site)).answer
                    let real = try await site.send(method, target, field.map { [$0] } ?? [])
                    #expect(explained.isAllowed == (real.status == 200), "\(method) \(target) \(credential): \(explained) \(real)")
                    guard !explained.isAllowed else { continue }
                    #expect(explained.status == real.status, "\(method) \(target) \(credential): \(explained) \(real)")
                    if method != "HEAD" { #expect(explained.code == real.code, "\(method) \(target) \(credential)") }
                    #expect(explained.fields["WWW-Authenticate"] == real["WWW-Authenticate"], "\(method) \(target) \(credential): \(real)")
                }
            }
        }
    }

    @Test func `names each rule, what matched and what was missing`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let request = ExplainedRequest("POST", "/reports", credential: .user("ada"))
            let explanation = try await site.gate.explain(request, on: try Self.router(site))
            #expect(
                explanation.rules.map { "\($0.depth) \($0.holds) \($0.rule) \($0.missing ?? "-")" } == [
                    "0 false all of -", "1 true signed in -", "1 false any of -", "2 false any role of editor any role of editor",
                    "2 false permission reports.write permission reports.write",
                ])
            #expect(explanation.caller?.username == "ada" && explanation.route?.path == "/reports")
            #expect(explanation.answer.status == 403 && explanation.answer.code == "forbidden")
            let text = explanation.lines(colored: false).joined(separator: "\n")
            #expect(text.contains("missing      any role of editor") && text.contains("no match all of") && text.contains("403 forbidden"), "\(text)")
            #expect(explanation.lines(colored: true).joined().contains("\u{1B}[31m"))
        }
    }

    @Test func `calls nothing missing that was not needed`() async throws {
        try await Site.with { site in
            let router = site.gate.router(context: BasicIdentityContext.self)
            router.requiring(.all(.any(.anyRole("editor"), .signedIn), .not(.anyRole("suspended"))), "drafts").get { _, _ in "" }
            let explanation = try await site.gate.explain(ExplainedRequest("GET", "/drafts", credential: .user("ada")), on: router)
            let text = explanation.lines(colored: false).joined(separator: "\n")
            #expect(explanation.answer.isAllowed && !text.contains("missing"), "\(text)")
            #expect(text.contains("no match     any role of editor") && text.contains("no match     any role of suspended"), "\(text)")
        }
    }

    @Test func `takes somebody's rights as they are now`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let accounts = site.gate.accounts
            let request = ExplainedRequest("POST", "/reports", credential: .user("Ada@Example.com"))
            #expect(try await !site.gate.explain(request, on: try Self.router(site)).answer.isAllowed)
            try await accounts.roles.define("editor", permissions: [])
            try await accounts.roles.assign(["editor"], to: site.ada.id, in: .default, by: nil)
            #expect(try await site.gate.explain(request, on: try Self.router(site)).answer.isAllowed)
            let unknown = ExplainedRequest("GET", "/mine", credential: .user("nobody"))
            let explanation = try await site.gate.explain(unknown, on: try Self.router(site))
            #expect(explanation.answer.status == 401 && explanation.refusal?.contains("nobody") == true)
        }
    }

    @Test func `changes nothing`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let accounts = site.gate.accounts
            let (made, key) = try await accounts.apiKeys.create(NewAPIKey(name: "test", scopes: []), for: site.ada.id, in: .default, by: nil)
            let events = site.audit.count
            for _ in 0..<100 {
                _ = try await site.gate.explain(ExplainedRequest("GET", "/mine", credential: .apiKey(key)), on: try Self.router(site))
                _ = try await site.gate.explain(ExplainedRequest("GET", "/mine", credential: .user("ada")), on: try Self.router(site))
                _ = try await site.gate.explain(
                    ExplainedRequest("GET", "/mine", credential: .bearer(Secret("a.b.c"))), on: try Self.router(site))
            }
            let kept = try await accounts.apiKeys.list(of: site.ada.id, in: .tenant(.default)).first { $0.id == made.id }
            #expect(try #require(kept).lastUsedAt == nil)
            #expect(site.audit.count == events)
            _ = try await site.signIn()
        }
    }

    @Test func `never repeats the credential`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for token in [person.token, "a.b.\(person.csrf)"] {
                let explanation = try await site.gate.explain(
                    ExplainedRequest("GET", "/mine", credential: .bearer(Secret(token))), on: try Self.router(site))
                #expect(!explanation.lines(colored: false).joined().contains(token))
                #expect(!"\(explanation)".contains(token))
            }
        }
    }

    @Test func `takes somebody who can have no session for nobody`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let users = site.gate.accounts.users
            func explained() async throws -> Explanation {
                try await site.gate.explain(ExplainedRequest("GET", "/mine", credential: .user("ada")), on: try Self.router(site))
            }
            let person = try await site.signIn()
            #expect(try await explained().answer.isAllowed)
            try await users.disable(id: site.ada.id, in: .everyTenant)
            #expect(try await site.get("/mine", ["Cookie": person.cookie]).refusal == .nobody)
            var explanation = try await explained()
            #expect(explanation.answer.code == "sign_in_required" && explanation.refusal?.contains("disabled") == true, "\(explanation)")
            try await users.enable(id: site.ada.id, in: .everyTenant)
            try await users.setPassword(Secret("another long phrase"), of: site.ada.id, mustChange: true, in: .everyTenant)
            explanation = try await explained()
            #expect(explanation.answer.code == "sign_in_required" && explanation.refusal?.contains("new password") == true, "\(explanation)")
        }
    }

    @Test func `says what it leaves out`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let router = try Self.router(site)
            router.forward("up", requiring: .signedIn, address: "http://127.0.0.1:9") { _, _, _ in Response(status: .ok) }
            func notes(_ request: ExplainedRequest) async throws -> String {
                try await site.gate.explain(request, on: router).notes.joined(separator: "\n")
            }
            let api = try await notes(ExplainedRequest("POST", "/reports", credential: .user("ada")))
            #expect(api.contains("Origin") && api.contains("X-CSRF-Token"))
            let upstream = try await notes(ExplainedRequest("POST", "/up/x", credential: .user("ada")))
            #expect(upstream.contains("Origin") && !upstream.contains("X-CSRF-Token"))
            let key = try await site.key(addresses: ["10.0.0.0/8"]).text
            let here = ExplainedRequest("GET", "/mine", credential: .apiKey(Secret(key)))
            #expect(try await notes(here).contains("--from"))
            var there = here
            there.client = IPAddress("10.1.2.3")
            #expect(try await site.gate.explain(there, on: router).answer.isAllowed)
            let both = ExplainedRequest("GET", "/mine", credential: .user("ada"), fields: [("X-API-Key", "x")])
            #expect(try await notes(both).contains("wins"))
        }
    }
}

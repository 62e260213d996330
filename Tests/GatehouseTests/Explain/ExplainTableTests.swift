import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

/// The same requests, explained and really sent.
@Suite struct `An explanation and an answer` {
    private typealias Fields = [(name: String, value: String)]

    private static let secret = "a secret of the proxy"
    private static let team = HTTPField.Name("X-Team")!
    private static let proxied: Fields = [("X-Remote-User", "ada@corp"), ("X-Proxy-Secret", secret), ("X-Forwarded-Proto", "https")]

    @Sendable private static func settings(_ settings: inout GateSettings) {
        settings.trustedProxies = (try? [AddressRange("127.0.0.1")]) ?? []
        settings.acceptsBasic = true
        settings.tenancy = Tenancy(
            hosts: ["acme.example.com": "acme", "globex.example.com": "globex"], parameter: "tenant", header: HTTPField.Name("X-Tenant")!)
        settings.proxyHeader = ProxyHeader(
            name: HTTPField.Name("X-Remote-User")!, provider: "corp",
            sharedSecret: .init(field: HTTPField.Name("X-Proxy-Secret")!, value: Secret(secret)), creation: .init(suffixes: ["@corp"]))
        settings.credential = CustomCredential(fields: [team]) { _, fields in
            guard fields[team] != "pass" else { return nil }
            guard fields[team] == "red" else { throw GatehouseError(.invalidToken, "This is no team.") }
            return Principal(id: "red", authProvider: "teams", username: "teams:red", credential: .custom)
        }
    }

    @Sendable private static func routes(_ router: TestRouter) throws {
        router.open("open").get { _, _ in "" }
        router.signedIn("mine").get { _, _ in "" }
        router.signedIn("mine").post { _, _ in "" }
        router.requiring(.permission("orders.read"), "orders").get { _, _ in "" }
        router.signedIn("t/{tenant}/data").get { _, _ in "" }
        router.forward("up", requiring: .methods(["GET": .signedIn, "POST": .signedIn]), address: "http://127.0.0.1:9") { _, _, _ in
            Response(status: .ok)
        }
    }

    private static func with(_ body: (Site, TestRouter) async throws -> Void) async throws {
        try await Site.with(Site.publicURL, pages: true, settings: settings, routes: routes) { site in
            for id in ["acme", "globex"] as [Tenant.ID] { try await site.gate.accounts.tenants.create(Tenant(id: id, name: id.rawValue)) }
            try await site.permit("orders.read", in: "acme")
            try await site.gate.accounts.links.link(user: site.ada.id, provider: "corp", subject: "ada@corp", in: .everyTenant)
            let router = site.gate.router(context: BasicIdentityContext.self)
            router.signInPath = "/auth/sign-in"
            try routes(router)
            try await body(site, router)
        }
    }

    /// How a caller says who it is: in the words of an explanation, and on the wire.
    private struct Credential {
        var explained = ExplainedRequest.Credential.none
        /// On the wire alone.
        var sent: Fields = []
        /// On the wire and among the fields of the explanation.
        var both: Fields = []
    }

    private static func credentials(_ site: Site) async throws -> [Credential] {
        let person = try await site.signIn()
        let bearers = [person.token, "not.a.token", "a,b", "a b", ""]
        let keys = [try await site.key().text, try await site.key(addresses: ["10.0.0.0/8"]).text, "gh_key_x", "a b"]
        let fields: [Fields] = [
            [], proxied, [("X-Remote-User", "ada@corp"), ("X-Proxy-Secret", secret)], [("X-Team", "red")], [("X-Team", "blue")], [("X-Team", "pass")],
            [("Authorization", "Basic !")], [("Authorization", "Digest x")], [("Authorization", person.bearer)], [("Cookie", person.cookie)],
            [("Cookie", "__Host-gatehouse=unknown")], [("X-Team", "red"), ("Authorization", person.bearer)],
        ]
        return bearers.map { Credential(explained: .bearer(Secret($0)), sent: [("Authorization", "Bearer \($0)")]) }
            + keys.map { Credential(explained: .apiKey(Secret($0)), sent: [("X-API-Key", $0)]) } + fields.map { Credential(both: $0) }
            + [
                Credential(explained: .user("ada"), sent: [("Cookie", person.cookie), ("X-CSRF-Token", person.csrf)]),
                Credential(explained: .user("ada"), sent: [("Cookie", person.cookie)], both: [("X-API-Key", "x")]),
                Credential(
                    explained: .user("ada"), sent: [("Cookie", person.cookie), ("X-CSRF-Token", person.csrf)], both: [("X-Team", "pass")]),
            ]
    }

    private static let targets = [
        ("GET", "/open"), ("GET", "/mine"), ("POST", "/mine"), ("DELETE", "/mine"), ("GET", "/orders"), ("GET", "/up/x"), ("POST", "/up/x"),
        ("PUT", "/up/x"), ("OPTIONS", "/mine"), ("OPTIONS", "/up/x"), ("OPTIONS", "/open"), ("GET", "/t/acme/data"), ("GET", "/t/globex/data"),
        ("GET", "/nowhere"), ("GET", "/api/v1/unknown"), ("GET", "/api/v1/auth/me"), ("GET", "/mine/../mine"), ("GET", "/t/acme%2Fx/data"),
    ]

    private static let extras: [Fields] = [
        [], [("Host", "evil.example")], [("Host", "acme.example.com")], [("X-Tenant", "acme")], [("X-Tenant", "globex")],
        [("Host", "acme.example.com"), ("X-Tenant", "globex")], [("X-Tenant", "acme"), ("X-Tenant", "acme")],
        [("Access-Control-Request-Method", "POST"), ("Origin", "https://evil.example")], [("Accept", "text/html")],
        [("Accept", "text/html"), ("Host", "evil.example")], [("Origin", "https://evil.example")], [("Sec-Fetch-Site", "cross-site")],
        [("X-Forwarded-Host", "evil.example")], [("Host", "a b")],
    ]

    @Test(.timeLimit(.minutes(5))) func `are the same for every credential, host, tenant and origin`() async throws {
        try await Self.with { site, router in
            for credential in try await Self.credentials(site) {
                for (method, target) in Self.targets {
                    for extra in Self.extras { try await Self.compare(method, target, credential, extra, site, router) }
                }
            }
        }
    }

    private static func compare(
        _ method: String, _ target: String, _ credential: Credential, _ extra: Fields, _ site: Site, _ router: TestRouter
    ) async throws {
        let fields = extra + credential.both
        let request = ExplainedRequest(method, target, credential: credential.explained, client: IPAddress("127.0.0.1"), fields: fields)
        let explained = try await site.gate.explain(request, on: router).answer
        var sent = fields + credential.sent
        // A page of ours is taken for the sender, unless something else is said.
        let isPerson = if case .user = credential.explained { true } else { false }
        if isPerson, method != "GET", !sent.contains(where: { $0.name == "Origin" || $0.name == "Sec-Fetch-Site" }) {
            sent.append(("Origin", sent.last { $0.name == "Host" }.map { "https://\($0.value)" } ?? site.origin))
        }
        let real = try await site.send(method, target, sent.map { (key: $0.name, value: $0.value) })
        let place = "\(method) \(target) \(sent)"
        #expect(explained.isAllowed == (real.status == 200), "\(place): \(explained) \(real)")
        guard !explained.isAllowed else { return }
        #expect(explained.status == real.status, "\(place): \(explained) \(real)")
        // A page has no code.
        if let code = real.code { #expect(explained.code == code, "\(place): \(explained)") }
        #expect(explained.fields["Location"] == real["Location"], "\(place): \(explained) \(real)")
        if !extra.contains(where: { $0.name == "Accept" }) {
            #expect(explained.fields["WWW-Authenticate"] ?? "" == real.all("WWW-Authenticate").joined(separator: ", "), "\(place)")
        }
    }

    @Test func `are the same for somebody for whom a proxy's word makes an account, which only the answer does`() async throws {
        try await Self.with { site, router in
            let newcomer = Self.proxied.map { ($0.name, $0.name == "X-Remote-User" ? "new@corp" : $0.value) }
            let request = ExplainedRequest("GET", "/mine", client: IPAddress("127.0.0.1"), fields: newcomer)
            let explanation = try await site.gate.explain(request, on: router)
            #expect(explanation.answer.isAllowed && explanation.caller?.username == "new@corp" && explanation.notes.joined().contains("make"))
            #expect(try await site.gate.accounts.users.find(name: "new@corp", in: .everyTenant) == nil)
            #expect(try await site.send("GET", "/mine", newcomer.map { (key: $0.0, value: $0.1) }).status == 200)
            #expect(try await site.gate.accounts.users.find(name: "new@corp", in: .everyTenant) != nil)
            _ = try await site.person("taken@corp")
            let taken = Self.proxied.map { ($0.name, $0.name == "X-Remote-User" ? "taken@corp" : $0.value) }
            let refused = try await site.gate.explain(ExplainedRequest("GET", "/mine", client: IPAddress("127.0.0.1"), fields: taken), on: router)
            #expect(refused.answer.status == 403 && refused.answer.code == "forbidden")
            #expect(try await site.send("GET", "/mine", taken.map { (key: $0.0, value: $0.1) }).refusal == .forbidden)
        }
    }

    @Test func `differ for a password, which is not tried`() async throws {
        try await Self.with { site, router in
            for _ in 0..<20 {
                let request = ExplainedRequest("GET", "/mine", fields: [("Authorization", Site.basic("ada", "wrong"))])
                let obstacle = await Self.obstacle(request, site, router)
                #expect(obstacle?.code == .validationFailed && obstacle?.message.contains("--user") == true)
            }
            // None of them counted.
            let answer = try await site.get("/mine", ["Authorization": Site.basic("ada")])
            #expect(answer.status == 200, "\(answer)")
        }
    }

    private static func obstacle(_ request: ExplainedRequest, _ site: Site, _ router: TestRouter) async -> GatehouseError? {
        do throws(GatehouseError) {
            _ = try await site.gate.explain(request, on: router)
            return nil
        } catch {
            return error
        }
    }
}

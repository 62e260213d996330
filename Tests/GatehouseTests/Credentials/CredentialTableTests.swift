import Gatehouse
import Hummingbird
import Testing

/// Every credential against everything that can be wrong with it, each with the exact status, code and challenge.
@Suite struct `Every credential` {
    private static let fixed = "a key that stands in the settings"
    private static let secret = "the proxy's own secret"

    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("who").get { _, context in
            "\(context.principal.credential.rawValue) \(context.principal.authProvider) \(context.principal.username)"
        }
        router.requiring(.scope("orders.read"), "orders").get { _, _ in "orders" }
        router.requiring(.permission("orders.write"), "writing").get { _, _ in "written" }
        router.open("open").get { _, context in context.identity.principal?.username ?? "nobody" }
    }

    private static func settings(_ issuer: Issuer) throws -> @Sendable (inout GateSettings) -> Void {
        let foreign = try issuer.settings()
        let everybody = try AddressRange("127.0.0.0/8")
        return { settings in
            settings.issuers = [foreign]
            settings.acceptsBasic = true
            settings.fixedKeys = [Site.fixedKey("robot", Self.fixed, "orders.read")]
            settings.trustedProxies = [everybody]
            settings.proxyHeader = ProxyHeader(
                name: .init("X-Remote-User")!, sharedSecret: .init(field: .init("X-Proxy-Secret")!, value: Secret(Self.secret)))
            settings.tenancy = Tenancy(hosts: ["acme.example.com": "acme"], header: .init("X-Tenant")!)
        }
    }

    private static func with(_ body: (Site, Issuer) async throws -> Void) async throws {
        let issuer = try Issuer()
        try await Site.with("https://app.example.com", settings: try settings(issuer), routes: routes) { site in
            try await site.permit("orders.read", "orders.write")
            try await site.gate.accounts.links.link(user: site.ada.id, provider: "proxy", subject: "ada@corp", in: .everyTenant)
            try await body(site, issuer)
        }
    }

    private static let proxied: [(key: String, value: String)] = [
        ("X-Remote-User", "ada@corp"), ("X-Proxy-Secret", secret), ("X-Forwarded-Proto", "https"),
    ]

    @Test func `that is good lets its owner in, whichever way it comes`() async throws {
        try await Self.with { site, issuer in
            let key = try await site.key("orders.read").text
            let person = try await site.signIn()
            let token = try issuer.token(at: site.clock.now)
            let good: [([(key: String, value: String)], String)] = [
                ([("Cookie", person.cookie)], "session local ada"), ([("Authorization", person.bearer)], "access_token local ada"),
                ([("Authorization", "Bearer \(key)")], "api_key local ada"), ([("Authorization", "Api-Key \(key)")], "api_key local ada"),
                ([("authorization", "API-KEY \(key)")], "api_key local ada"), ([("X-API-Key", key)], "api_key local ada"),
                ([("Authorization", Site.basic("", key))], "basic local ada"), ([("Authorization", Site.basic("ada", key))], "basic local ada"),
                ([("Authorization", Site.basic("ada"))], "basic local ada"), ([("Authorization", Site.basic("ADA@example.com"))], "basic local ada"),
                ([("X-API-Key", Self.fixed.replacing(" ", with: "-"))], ""),
                ([("Authorization", Site.basic("x", Self.fixed))], "basic config config:robot"),
                ([("Authorization", "Bearer \(token)")], "foreign_token corp corp:eve"), (Self.proxied, "trusted_proxy local ada"),
                (Self.proxied + [("Cookie", "__Host-gatehouse=x")], "trusted_proxy local ada"),
            ]
            for (fields, who) in good where !who.isEmpty {
                let answer = try await site.send("GET", "/who", fields)
                #expect(answer.status == 200 && answer.text == who, "\(fields) \(answer)")
                let me = try await site.send("GET", "/api/v1/auth/me", fields)
                #expect(me.status == 200 && me.json("tenant") == "default", "\(fields) \(me)")
            }
        }
    }

    @Test func `that is missing is 401 without an error, malformed 400, bad 401`() async throws {
        try await Self.with { site, issuer in
            let key = try await site.key("orders.read").text
            let other = key.dropLast(1) + (key.hasSuffix("0") ? "1" : "0")
            let token = try issuer.token(at: site.clock.now)
            let basic = "Basic realm=\"gatehouse\", charset=\"UTF-8\""
            let cases: [([(key: String, value: String)], Answer.Refusal)] = [
                ([], .nobody), ([("Cookie", "__Host-gatehouse=")], .nobody), ([("Cookie", "__Host-gatehouse=\(key)")], .nobody),
                ([("Authorization", "Bearer")], .malformed), ([("Authorization", "Api-Key ")], .malformed),
                ([("Authorization", "Api-Key a b")], .malformed), ([("Authorization", "Basic")], .malformed),
                ([("Authorization", "Basic !!!")], .malformed), ([("Authorization", "Basic YWJj")], .malformed),
                ([("Authorization", "Basic YQA6Yg==")], .malformed), ([("X-API-Key", "a b")], .malformed), ([("X-API-Key", "a,b")], .malformed),
                ([("Authorization", "Bearer \(other)")], .badToken), ([("X-API-Key", String(other))], .badToken),
                ([("X-API-Key", String(key.prefix(30)))], .badToken), ([("X-API-Key", "gh_")], .badToken), ([("X-API-Key", key + "x")], .badToken),
                ([("X-API-Key", token)], .badToken), ([("Authorization", "Api-Key \(token)")], .badToken),
                ([("Authorization", "Bearer \(Self.fixed.dropLast().replacing(" ", with: "_"))")], .badToken),
                ([("Authorization", "Digest \(key)")], .badToken), ([("Authorization", "Bearer \(token)x")], .badToken),
                ([("Authorization", "Bearer \(token.dropLast(3))AAA")], .badToken), ([("Proxy-Authorization", "Bearer \(token)")], .nobody),
                ([("X-API-Key", key), ("X-API-Key", key)], .several), ([("X-API-Key", key), ("Authorization", "Bearer \(token)")], .several),
                ([("Authorization", Site.basic("ada")), ("Authorization", "Bearer \(token)")], .several),
                (Self.proxied + [("Authorization", "Bearer \(token)")], .several), (Self.proxied + [("X-API-Key", key)], .several),
                (Self.proxied + [("X-Remote-User", "ada@corp")], .malformed), ([("X-Remote-User", "a,b")] + Self.proxied.dropFirst(), .malformed),
            ]
            for (fields, refusal) in cases {
                let answer = try await site.send("GET", "/who", fields)
                #expect(answer.status == refusal.status && answer.code == refusal.code, "\(fields) \(answer)")
                let challenges = [refusal.challenge ?? ""] + (refusal.status == 401 ? [basic] : [])
                #expect(answer.all("WWW-Authenticate") == challenges, "\(fields) \(answer)")
                let opened = try await site.send("GET", "/open", fields)
                #expect(opened.status == 200 && opened.text == "nobody", "\(fields) \(opened)")
            }
            for text in [key, Self.fixed] { #expect(!site.log.lines.contains { $0.contains(text) }) }
        }
    }

    @Test func `counts for nothing in the query`() async throws {
        try await Self.with { site, issuer in
            let key = try await site.key("orders.read").text
            let token = try issuer.token(at: site.clock.now)
            for query in [
                "access_token=\(token)", "api_key=\(key)", "apikey=\(key)", "key=\(key)", "token=\(key)", "X-API-Key=\(key)", "gatehouse=\(key)",
            ] {
                #expect(try await site.get("/who?\(query)").status == 401, "\(query)")
            }
            for text in [key, token] { #expect(!site.log.lines.contains { $0.contains(text) }) }
        }
    }

    @Test func `that has run out, is not for us or is of another tenant is refused`() async throws {
        try await Self.with { site, issuer in
            let now = site.clock.now
            let stranger = try Issuer()
            let short = try await site.key("orders.read", expiresIn: .seconds(60)).text
            let bound = try await site.key("orders.read", addresses: ["127.0.0.9/32"]).text
            let revoked = try await site.key("orders.read")
            try await site.gate.accounts.apiKeys.revoke(revoked.id, in: .everyTenant)
            let soon = try issuer.token(at: now, lifetime: .seconds(60))
            #expect(try await site.get("/who", ["X-API-Key": short]).status == 200)
            #expect(try await site.get("/who", ["Authorization": "Bearer \(soon)"]).status == 200)
            #expect(try await site.send("GET", "/who", [("X-API-Key", bound)], from: "127.0.0.9").status == 200)
            site.clock.advance(.seconds(91))
            let later = site.clock.now
            let cases: [([(key: String, value: String)], Answer.Refusal)] = [
                ([("X-API-Key", short)], .badToken), ([("X-API-Key", bound)], .badToken), ([("X-API-Key", revoked.text)], .badToken),
                ([("Authorization", Site.basic("", revoked.text))], .badToken), ([("Authorization", "Bearer \(soon)")], .badToken),
                ([("Authorization", "Bearer \(try issuer.token(audience: ["billing"], at: later))")], .badToken),
                ([("Authorization", "Bearer \(try issuer.token(audience: [], at: later))")], .badToken),
                ([("Authorization", "Bearer \(try stranger.token(at: later))")], .badToken),
                ([("Authorization", "Bearer \(try issuer.token(at: later, key: stranger.key))")], .badToken),
                ([("Authorization", "Bearer \(try issuer.token(at: later, typ: "logout+jwt"))")], .badToken),
                ([("Authorization", "Bearer \(try Issuer("https://other.example.com").token(at: later))")], .badToken),
                ([("Authorization", "Bearer \(try issuer.token(at: later) { $0.notBefore = later + .seconds(60) })")], .badToken),
                ([("Authorization", "Bearer \(try issuer.token(at: later) { $0.extra["nonce"] = "n" })")], .badToken),
            ]
            for (fields, refusal) in cases {
                let answer = try await site.send("GET", "/who", fields)
                #expect(answer.status == refusal.status && answer.code == refusal.code, "\(fields) \(answer)")
                #expect(answer.all("WWW-Authenticate").first == refusal.challenge, "\(fields) \(answer)")
            }
        }
    }

    @Test func `of one tenant is 403 in another, by host and by header`() async throws {
        try await Self.with { site, issuer in
            let person = try await site.signIn()
            let key = try await site.key("orders.read").text
            let credentials: [[(key: String, value: String)]] = [
                [("Cookie", person.cookie)], [("Authorization", person.bearer)], [("X-API-Key", key)], [("Authorization", Site.basic("ada"))],
                [("Authorization", Site.basic("", key))], [("Authorization", "Bearer \(try issuer.token(at: site.clock.now))")], Self.proxied,
                [("Authorization", Site.basic("x", Self.fixed))],
            ]
            for credential in credentials {
                for other: [(key: String, value: String)] in [
                    [("Host", "acme.example.com")], [("X-Tenant", "acme")], [("X-Tenant", "nowhere")], [("X-Tenant", "a b")],
                    [("Host", "acme.example.com"), ("X-Tenant", "default")],
                ] {
                    let answer = try await site.send("GET", "/who", credential + other)
                    #expect(answer.refusal == .forbidden, "\(credential) \(other) \(answer)")
                    #expect(try await site.send("GET", "/open", credential + other).text == "nobody")
                }
                #expect(try await site.send("GET", "/who", credential + [("X-Tenant", "default")]).status == 200, "\(credential)")
                #expect(try await site.send("GET", "/who", credential + [("X-Tenant", "default"), ("X-Tenant", "default")]).status == 400)
            }
            #expect(!site.audit.events("tenant.refused").isEmpty)
        }
    }

    @Test func `without the scope is 403 with the scope's name`() async throws {
        try await Self.with { site, issuer in
            let key = try await site.key("orders.read").text
            let none = try await site.key().text
            let scoped = try issuer.token(at: site.clock.now, scopes: ["orders.read"])
            let unscoped = try issuer.token(at: site.clock.now, scopes: [])
            #expect(try await site.get("/orders", ["X-API-Key": key]).status == 200)
            #expect(try await site.get("/orders", ["Authorization": "Bearer \(scoped)"]).status == 200)
            #expect(try await site.get("/orders", ["X-API-Key": none]).refusal == .lacks("orders.read"))
            #expect(try await site.get("/orders", ["Authorization": "Bearer \(unscoped)"]).refusal == .lacks("orders.read"))
            #expect(try await site.get("/writing", ["X-API-Key": key]).refusal == .lacks("orders.write"))
            #expect(try await site.get("/writing", ["Authorization": Site.basic("x", Self.fixed)]).refusal == .lacks("orders.write"))
            #expect(try await site.get("/writing", ["Authorization": Site.basic("ada")]).status == 200)
            #expect(!site.audit.events("request.denied").isEmpty)
        }
    }
}

import Gatehouse
import Hummingbird
import Testing

@Suite struct `A trusted proxy's header` {
    private static let secret = "only the proxy knows"

    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("who").on("", method: .get) { request, context in
            "\(context.principal.username) \(request.headers[.init("X-Remote-User")!] ?? "-") \(request.headers[.init("X-Proxy-Secret")!] ?? "-")"
        }.post("") { _, context in context.principal.username }
        router.open("seen").get { request, _ in request.headers[.init("X-Remote-User")!] ?? "-" }
    }

    private static func with(
        trusting range: String = "127.0.0.0/8", secret: String? = secret, creation: ProxyHeader.Creation? = nil, _ body: (Site) async throws -> Void
    ) async throws {
        let range = try AddressRange(range)
        let settings: @Sendable (inout GateSettings) -> Void = { settings in
            settings.trustedProxies = [range]
            var header = ProxyHeader(
                name: .init("X-Remote-User")!, sharedSecret: secret.map { .init(field: .init("X-Proxy-Secret")!, value: Secret($0)) })
            header.creation = creation
            settings.proxyHeader = header
        }
        try await Site.with(Site.Plan(publicURL: Site.publicURL, settings: settings, hasPrivateListener: true, routes: routes)) { site in
            try await site.gate.accounts.links.link(user: site.ada.id, provider: "proxy", subject: "ada@corp", in: .everyTenant)
            try await body(site)
        }
    }

    private static func fields(
        _ subject: String? = "ada@corp", secret: String? = secret, proto: String? = "https"
    ) -> [(key: String, value: String)] {
        [("X-Remote-User", subject), ("X-Proxy-Secret", secret), ("X-Forwarded-Proto", proto)].compactMap { name, value in value.map { (name, $0) } }
    }

    @Test func `signs in the account that is linked, and goes no further`() async throws {
        try await Self.with { site in
            let answer = try await site.send("GET", "/who", Self.fields())
            #expect(answer.text == "ada - -", "\(answer)")
        }
    }

    @Test func `goes no further in any other spelling`() async throws {
        try await Site.with(
            settings: { $0.credential = CustomCredential(fields: [.init("X-Team")!]) { _, _ in nil } },
            routes: { router in
                router.open("fields").get { request, _ in
                    request.headers.map(\.name.canonicalName).filter { $0.contains("team") }.joined(separator: " ")
                }
            }
        ) { site in
            let answer = try await site.get("/fields", ["X-Team": "a", "x_team": "b", "X.TEAM": "c", "X-Teams": "d"])
            #expect(answer.text == "x-teams", "\(answer)")
        }
    }

    @Test func `counts for nothing without the secret, over plain http, and where it names nobody`() async throws {
        try await Self.with { site in
            for fields in [
                Self.fields(secret: nil), Self.fields(secret: "only the proxy knowz"), Self.fields(secret: ""), Self.fields(proto: nil),
                Self.fields(proto: "http"), Self.fields(nil), Self.fields() + [("X-Proxy-Secret", Self.secret)],
            ] {
                let answer = try await site.send("GET", "/who", fields)
                #expect(answer.refusal == .nobody, "\(fields) \(answer)")
                #expect(try await site.send("GET", "/seen", fields).text == "-")
            }
            for fields in [
                Self.fields("a,b"), Self.fields(""), Self.fields() + [("X-Remote-User", "ada@corp")], Self.fields(String(repeating: "a", count: 257)),
            ] {
                let answer = try await site.send("GET", "/who", fields)
                #expect(answer.refusal == .malformed, "\(fields) \(answer)")
            }
        }
    }

    @Test func `from a loopback peer counts for nothing where no secret is set`() async throws {
        try await Self.with(secret: nil) { site in
            let answer63 = try await site.send("GET", "/who", Self.fields())
            #expect(answer63.refusal == .nobody)
        }
    }

    @Test func `from anybody else is as if it had not been sent`() async throws {
        try await Self.with(trusting: "127.0.0.9/32") { site in
            let answer70 = try await site.send("GET", "/who", Self.fields())
            #expect(answer70.refusal == .nobody)
            let answer72 = try await site.send("GET", "/seen", Self.fields())
            #expect(answer72.text == "-")
            let person = try await site.signIn()
            let answer75 = try await site.send("GET", "/who", Self.fields() + [("Cookie", person.cookie)])
            #expect(answer75.text == "ada - -")
            let answer77 = try await site.send("GET", "/who", Self.fields() + [("Authorization", person.bearer)])
            #expect(answer77.text == "ada - -")
            let answer79 = try await site.send("GET", "/who", Self.fields(), from: "127.0.0.9")
            #expect(answer79.text == "ada - -")
        }
    }

    @Test func `means nothing on the private listener`() async throws {
        try await Self.with { site in
            let answer86 = try await site.send("GET", "/api/v1/auth/me", Self.fields(), port: site.privatePort)
            #expect(answer86.status == 401)
            let answer88 = try await site.send("GET", "/api/v1/auth/me", Self.fields())
            #expect(answer88.status == 200)
        }
    }

    @Test func `of somebody without an account is 403, unless accounts are made by rule`() async throws {
        try await Self.with { site in
            let answer95 = try await site.send("GET", "/who", Self.fields("bob@corp"))
            #expect(answer95.refusal == .forbidden)
        }
        try await Self.with(creation: .init(suffixes: ["@corp"])) { site in
            let answer99 = try await site.send("GET", "/who", Self.fields("bob@corp"))
            #expect(answer99.text == "bob@corp - -")
            let answer101 = try await site.send("GET", "/who", Self.fields("bob@corp"))
            #expect(answer101.text == "bob@corp - -")
            #expect(try await site.gate.accounts.links.find(provider: "proxy", subject: "bob@corp")?.username == "bob@corp")
            let answer104 = try await site.send("GET", "/who", Self.fields("bob@corp.example"))
            #expect(answer104.refusal == .forbidden)
            let user = try #require(try await site.gate.accounts.links.find(provider: "proxy", subject: "bob@corp"))
            try await site.gate.accounts.users.disable(id: user.id, in: .everyTenant)
            let answer108 = try await site.send("GET", "/who", Self.fields("bob@corp"))
            #expect(answer108.refusal == .forbidden)
        }
        try await Self.with(creation: .init()) { site in
            for taken in ["ada", "admin", "ada@example.com"] {
                let answer = try await site.send("GET", "/who", Self.fields(taken))
                #expect(answer.refusal == .forbidden, "\(taken) \(answer)")
            }
        }
    }

    @Test func `that another site makes a browser send is refused, and so is another host`() async throws {
        try await Self.with { site in
            let answer121 = try await site.send("POST", "/who", Self.fields() + [("Origin", site.origin)])
            #expect(answer121.text == "ada")
            let answer123 = try await site.send("POST", "/who", Self.fields() + [("Origin", "https://evil.example")])
            #expect(answer123.code == "csrf_failed")
            let answer125 = try await site.send("POST", "/who", Self.fields() + [("Sec-Fetch-Site", "cross-site")])
            #expect(answer125.code == "csrf_failed")
            let answer127 = try await site.send("GET", "/who", Self.fields() + [("Host", "evil.example")])
            #expect(answer127.status == 421)
        }
    }

    @Test func `that could not work does not start`() async throws {
        let range = try AddressRange("10.0.0.0/8")
        await #expect(throws: GatehouseError.self) {
            let plan = Site.Plan(settings: { $0.proxyHeader = ProxyHeader(name: .init("X-User")!) })
            _ = try await Site.gate(plan, TestClock(), AuditRecorder(), LogRecorder())
        }
        for header in [
            ProxyHeader(name: .authorization), ProxyHeader(name: .cookie), ProxyHeader(name: .init("X-User")!, provider: "local"),
            ProxyHeader(name: .init("X-User")!, sharedSecret: .init(field: .init("X-User")!, value: Secret(Self.secret))),
            ProxyHeader(name: .init("X-User")!, sharedSecret: .init(field: .init("X-Secret")!, value: Secret("short"))),
            ProxyHeader(name: .init("X-User")!, creation: .init(suffixes: [""])),
        ] {
            await #expect(throws: GatehouseError.self) {
                _ = try await Site.gate(
                    Site.Plan(settings: { settings in
                        settings.trustedProxies = [range]
                        settings.proxyHeader = header
                    }), TestClock(), AuditRecorder(), LogRecorder())
            }
        }
    }
}

import Gatehouse
import Hummingbird
import Testing

@Suite struct `Fifty tenants at once` {
    /// Somebody with every kind of credential in one tenant, and where else they may act.
    private struct Member: Sendable {
        let tenants: Set<String>
        /// Fields, and the one tenant that the credential itself names; `nil` for one that may choose.
        let credentials: [(fields: [(key: String, value: String)], tenant: String?)]
        let home: String
        let keys: [String]
    }

    private static let count = 50

    private static func name(_ number: Int) -> String { "t\(number)" }

    private static func settings(_ issuer: Issuer) throws -> @Sendable (inout GateSettings) -> Void {
        let issuers = try (0..<count).map { number in
            try issuer.settings {
                $0.id = "login-\(number)"
                $0.tenant = Tenant.ID(stringLiteral: name(number))
                $0.audience = [name(number)]
            }
        }
        let hosts = Dictionary(uniqueKeysWithValues: try (0..<count).map { ("\(name($0)).example.com", try Tenant.ID(validating: name($0))) })
        return { settings in
            settings.issuers = issuers
            settings.acceptsBasic = true
            settings.fixedKeys = (0..<count).map {
                Site.fixedKey("fixed-\($0)", "fixed-key-\($0)", "data.read", tenant: .init(stringLiteral: name($0)))
            }
            settings.tenancy = Tenancy(hosts: hosts, parameter: "tenant", header: .init("X-Tenant")!)
        }
    }

    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("who").get { _, context in context.principal.tenant.rawValue }
        router.requiring(.permission("data.read"), "data").get { _, context in context.principal.tenant.rawValue }
        router.requiring(.scope("data.read"), "scoped").get { _, context in context.principal.tenant.rawValue }
        router.requiring(.anyRole("reader"), "readers").get { _, context in context.principal.tenant.rawValue }
        router.signedIn("t/{tenant}/data").get { _, context in context.principal.tenant.rawValue }
        router.requiring(.tenant("tenant"), "own/{tenant}").get { _, context in context.principal.tenant.rawValue }
        router.requiring(.all(.tenant("tenant"), .permission("data.read")), "both/{tenant}").get { _, context in context.principal.tenant.rawValue }
    }

    private static func member(_ number: Int, _ site: Site, _ issuer: Issuer, _ generator: inout Seeded) async throws -> Member {
        let home = Tenant.ID(stringLiteral: name(number))
        let user = try await site.person("user\(number)", in: home)
        let others = (0..<Int.random(in: 0...2, using: &generator)).map { _ in Int.random(in: 0..<count, using: &generator) }
        let tenants = [home] + others.map { Tenant.ID(stringLiteral: name($0)) }
        var (credentials, keys): ([(fields: [(key: String, value: String)], tenant: String?)], [String]) = ([], [])
        for tenant in Set(tenants) {
            try await site.gate.accounts.roles.assign(["reader"], to: user.id, in: tenant)
            let key = try await site.key("data.read", roles: ["reader"], of: user, in: tenant)
            keys.append(key.id)
            credentials.append(([("X-API-Key", key.text)], tenant.rawValue))
            let issued = try await site.gate.issue(for: "user\(number)", in: tenant).expose { $0 }
            credentials.append(([("Authorization", "Bearer \(issued)")], tenant.rawValue))
        }
        let session = try await site.gate.accounts.sessions.start(for: user, kind: .cookie)
        let cookie = try #require(session.cookieSecret).expose { "__Host-gatehouse=\($0)" }
        credentials.append(([("Cookie", cookie)], nil))
        credentials.append(([("Authorization", Site.basic("user\(number)"))], nil))
        credentials.append(([("X-API-Key", "fixed-key-\(number)")], home.rawValue))
        let foreign = try issuer.token("f\(number)", audience: [home.rawValue], at: site.clock.now, lifetime: .seconds(3600), roles: ["reader"])
        credentials.append(([("Authorization", "Bearer \(foreign)")], home.rawValue))
        return Member(tenants: Set(tenants.map(\.rawValue)), credentials: credentials, home: home.rawValue, keys: keys)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `mixed at random through every endpoint, nobody crosses`(_ seed: UInt64) async throws {
        let issuer = try Issuer()
        try await Site.with(Site.publicURL, settings: try Self.settings(issuer), routes: Self.routes) { site in
            var generator = Seeded(state: seed)
            for number in 0..<Self.count {
                let tenant = Tenant.ID(stringLiteral: Self.name(number))
                try await site.gate.accounts.tenants.create(Tenant(id: tenant, name: tenant.rawValue))
                try await site.gate.accounts.roles.define("reader", permissions: ["data.read", "api_keys.create"], in: tenant)
            }
            var members: [Member] = []
            for number in 0..<Self.count { members.append(try await Self.member(number, site, issuer, &generator)) }
            for _ in 0..<1500 { try await Self.ask(site, members, &generator) }
        }
    }

    /// One request with a credential at random, to an endpoint at random, naming tenants at random in up to three places.
    private static func ask(_ site: Site, _ members: [Member], _ generator: inout Seeded) async throws {
        let member = try #require(members.randomElement(using: &generator))
        let credential = try #require(member.credentials.randomElement(using: &generator))
        let near = Bool.random(using: &generator) ? Array(member.tenants) : (0..<count).map(name)
        func some() throws -> String { try #require(near.randomElement(using: &generator)) }
        var (fields, named): ([(key: String, value: String)], Set<String>) = (credential.fields, [])
        if Int.random(in: 0..<3, using: &generator) == 0 {
            let tenant = try some()
            fields.append(("Host", "\(tenant).example.com"))
            named.insert(tenant)
        }
        if Int.random(in: 0..<3, using: &generator) == 0 {
            let tenant = try some()
            fields.append(("X-Tenant", tenant))
            named.insert(tenant)
        }
        let paths = ["/who", "/data", "/scoped", "/readers", "/api/v1/auth/me", "/api/v1/api-keys", "/t/{}/data", "/own/{}", "/both/{}"]
        var path = try #require(paths.randomElement(using: &generator))
        if path.contains("{}") {
            let tenant = try some()
            path = path.replacing("{}", with: tenant)
            named.insert(tenant)
        }
        let answer = try await site.send("GET", path, fields)
        let acting = named.first ?? credential.tenant ?? member.home
        let mayAct = named.count < 2 && (credential.tenant.map { $0 == acting } ?? member.tenants.contains(acting))
        let description = "\(fields.map(\.key)) \(path) named \(named) of \(credential.tenant ?? "any of \(member.tenants)") \(answer)"
        guard mayAct else {
            #expect(answer.status == 403, "\(description)")
            return
        }
        #expect(answer.status == 200 || answer.status == 403, "\(description)")
        guard answer.status == 200 else { return }
        switch path {
        case "/api/v1/auth/me": #expect(answer.json("tenant") == acting, "\(description)")
        case "/api/v1/api-keys":
            for other in members.flatMap(\.keys) where !member.keys.contains(other) { #expect(!answer.text.contains(other), "\(description)") }
            #expect(!answer.text.contains("\"tenant\":") || answer.text.contains("\"tenant\":\"\(acting)\""), "\(description)")
        default: #expect(answer.text == acting, "\(description)")
        }
    }
}

import Foundation
import Gatehouse
import Hummingbird
import Testing

@Suite struct `The routes for one's own API keys` {
    private static let path = "/api/v1/api-keys"

    @Sendable private static func routes(_ router: TestRouter) throws {
        router.requiring(.scope("orders.read"), "orders").get { _, context in context.principal.username }
    }

    private static func with(_ body: (Site, Site.SignedIn) async throws -> Void) async throws {
        try await Site.with(routes: routes) { site in
            try await site.permit("orders.read", "api_keys.create")
            try await body(site, try await site.signIn())
        }
    }

    private static func create(
        _ site: Site, _ person: Site.SignedIn, _ json: String = #"{"name":"ci","scopes":["orders.read"]}"#
    ) async throws -> Answer {
        try await site.post(path, json: json, ["Authorization": person.bearer])
    }

    @Test func `make, list, rename and revoke a key, which is shown once`() async throws {
        try await Self.with { site, person in
            let made = try await Self.create(site, person, #"{"name":"ci","scopes":["orders.read"],"expires_in":3600,"addresses":["127.0.0.0/8"]}"#)
            #expect(made.status == 201, "\(made)")
            let (id, key) = (try #require(made.json("id")), try #require(made.json("key")))
            #expect(key.hasPrefix("gh_key_\(id)_") && made.json("name") == "ci" && made.strings("scopes") == ["orders.read"])
            #expect(made.strings("roles") == [] && made.strings("addresses")?.count == 1 && made.json("tenant") == "default")
            #expect(made.json("created_at") == "2027-01-15T08:00:00Z" && made.json("expires_at") == "2027-01-15T09:00:00Z")
            #expect(try await site.get("/orders", ["X-API-Key": key]).text == "ada")
            let list = try await site.get(Self.path, ["Authorization": person.bearer])
            #expect(list.status == 200 && list.text.contains(id) && !list.text.contains(key) && !list.text.contains("\"key\":"), "\(list)")
            let renamed = try await site.send(
                "PATCH", "\(Self.path)/\(id)", ["Authorization": person.bearer, "Content-Type": "application/json"], body: #"{"name":"deploy"}"#)
            #expect(renamed.status == 200 && renamed.json("name") == "deploy", "\(renamed)")
            let revoked = try await site.send("DELETE", "\(Self.path)/\(id)", ["Authorization": person.bearer])
            #expect(revoked.status == 204)
            #expect(try await site.get("/orders", ["X-API-Key": key]).refusal == .badToken)
            #expect(try await site.get(Self.path, ["Authorization": person.bearer]).text.contains("revoked_at"))
            #expect(!site.log.lines.contains { $0.contains(key) })
        }
    }

    @Test(
        arguments: [
            (#""expires_in":9223372036854775807"#, "too_late"), (#""expires_in":253402300800"#, "too_late"), (#""expires_in":-1"#, "past"),
            (#""expires_at":"2030-01-01T00:00:00Zabc""#, "invalid"), (#""expires_at":"2030-01-01T00:00:00+01:00x""#, "invalid"),
            (#""expires_at":"2030-01-01T00:00:00""#, "invalid"), (#""expires_at":"2030-01-01 00:00:00Z""#, "invalid"),
            (#""expires_at":"10000-01-01T00:00:00Z""#, "invalid"), (#""expires_at":"2030-13-01T00:00:00Z""#, "invalid"),
            (#""expires_at":"2030-01-01T00:00:00+0100""#, "invalid"), (#""expires_at":"２０３０-01-01T00:00:00Z""#, "invalid"),
        ])
    func `refuse an end that is none`(_ member: String, code: String) async throws {
        try await Self.with { site, person in
            let answer = try await Self.create(site, person, #"{"name":"ci","scopes":[],\#(member)}"#)
            #expect(answer.status == 422 && answer.code == "validation_failed", "\(answer)")
            let errors = answer.objects("errors") ?? []
            #expect(errors.count == 1 && errors[0]["field"] == "expires_at" && errors[0]["code"] == code, "\(answer)")
        }
    }

    @Test func `take an end with an offset, and the last there is`() async throws {
        try await Self.with { site, person in
            for (given, end) in [
                ("2030-01-31T12:00:00+01:30", "2030-01-31T10:30:00Z"), ("2030-01-31T12:00:00-01:00", "2030-01-31T13:00:00Z"),
                ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ] {
                let made = try await Self.create(site, person, #"{"name":"ci","scopes":[],"expires_at":"\#(given)"}"#)
                #expect(made.status == 201 && made.json("expires_at") == end, "\(made)")
                site.clock.advance(.seconds(60))
                let id = try #require(made.json("id"))
                let next = try await site.send("POST", "\(Self.path)/\(id)/rotate", ["Authorization": person.bearer])
                #expect(next.status == 201 && (next.json("expires_at") ?? "") >= end && next.json("expires_at")?.count == 20, "\(next)")
            }
        }
    }

    @Test func `rotate a key, and leave the old one its overlap`() async throws {
        try await Self.with { site, person in
            let old = try await Self.create(site, person)
            let (id, key) = (try #require(old.json("id")), try #require(old.json("key")))
            let new = try await site.post("\(Self.path)/\(id)/rotate", json: #"{"overlap":60}"#, ["Authorization": person.bearer])
            #expect(new.status == 201 && new.json("replaces") == id, "\(new)")
            let second = try #require(new.json("key"))
            #expect(try await site.get("/orders", ["X-API-Key": key]).status == 200)
            site.clock.advance(.seconds(61))
            #expect(try await site.get("/orders", ["X-API-Key": key]).status == 401)
            #expect(try await site.get("/orders", ["X-API-Key": second]).status == 200)
            let again = try await site.send("POST", "\(Self.path)/\(id)/rotate", ["Authorization": person.bearer])
            #expect(again.status == 409, "\(again)")
        }
    }

    @Test func `are for a person with a session of their own`() async throws {
        let issuer = try Issuer()
        let foreign = try issuer.settings { $0.mapping.roleMap = ["boss": [.admin]] }
        try await Site.with(settings: {
            $0.issuers = [foreign]
            $0.acceptsBasic = true
            $0.fixedKeys = [Site.fixedKey("robot", "a-fixed-key", "api_keys.create")]
        }) { site in
            try await site.permit("orders.read", "api_keys.create")
            let person = try await site.signIn()
            let made = try await Self.create(site, person, #"{"name":"ci","scopes":["orders.read","api_keys.create"]}"#)
            let (id, key) = (try #require(made.json("id")), try #require(made.json("key")))
            let narrowed = try await site.gate.issue(for: "ada", scopes: ["api_keys.create"]).expose { $0 }
            let others: [(String, String)] = [
                ("X-API-Key", key), ("Authorization", "Bearer \(key)"), ("Authorization", Site.basic("", key)), ("Authorization", Site.basic("ada")),
                ("Authorization", "Bearer \(try issuer.token(at: site.clock.now, roles: ["boss"]))"), ("X-API-Key", "a-fixed-key"),
                ("Authorization", "Bearer \(try await site.delegatedToken(of: person))"), ("Authorization", "Bearer \(narrowed)"),
            ]
            for (name, value) in others {
                for (method, path, body) in [
                    ("GET", Self.path, nil), ("POST", Self.path, #"{"name":"x","scopes":[]}"#), ("PATCH", "\(Self.path)/\(id)", #"{"name":"x"}"#),
                    ("DELETE", "\(Self.path)/\(id)", nil), ("POST", "\(Self.path)/\(id)/rotate", nil),
                ] as [(String, String, String?)] {
                    let answer = try await site.send(method, path, [(name, value), ("Content-Type", "application/json")], body: body)
                    #expect(answer.refusal == .forbidden, "\(name) \(method) \(path) \(answer)")
                }
            }
            #expect(try await site.get("/api/v1/auth/me", ["X-API-Key": key]).status == 200)
        }
    }

    @Test func `with a cookie want the page's token`() async throws {
        try await Self.with { site, person in
            let json = #"{"name":"ci","scopes":["orders.read"]}"#
            #expect(try await site.post(Self.path, json: json, ["Cookie": person.cookie, "Origin": site.origin]).status == 403)
            let answer = try await site.post(
                Self.path, json: json, ["Cookie": person.cookie, "Origin": site.origin, "X-CSRF-Token": person.csrf])
            #expect(answer.status == 201, "\(answer)")
            #expect(
                try await site.post(Self.path, json: json, ["Cookie": person.cookie, "Origin": "https://evil.example", "X-CSRF-Token": person.csrf])
                    .status == 403)
        }
    }

    @Test func `take no more than their fields, and name those that are wrong`() async throws {
        try await Self.with { site, person in
            let bob = try await site.person("bob")
            let answer = try await Self.create(
                site, person,
                #"{"name":"x","scopes":["orders.read"],"userId":"\#(bob.id)","user_id":"\#(bob.id)","permissions":["*"],"rateLimitMax":1,"kind":"admin","tenant":"acme"}"#
            )
            #expect(answer.status == 201, "\(answer)")
            let key = try #require(answer.json("key"))
            let me = try await site.get("/api/v1/auth/me", ["X-API-Key": key])
            #expect(
                me.json("username") == "ada" && me.strings("permissions") == ["orders.read"] && me.strings("roles") == []
                    && me.json("tenant") == "default")
            #expect(key.hasPrefix("gh_key_"))
            let wrong: [(String, [String])] = [
                ("{}", ["name", "scopes"]), (#"{"name":1,"scopes":"orders.read"}"#, ["name", "scopes"]), (#"{"name":"","scopes":[]}"#, ["name"]),
                (#"{"name":"x","scopes":["a b"]}"#, ["scopes"]), (#"{"name":"x","scopes":["*"]}"#, ["scopes"]),
                (#"{"name":"x","scopes":["orders.write"]}"#, ["scopes"]), (#"{"name":"x","scopes":[],"roles":["admin"]}"#, ["roles"]),
                (#"{"name":"x","scopes":[],"roles":["a,b"],"addresses":["nowhere"],"expires_at":"soon"}"#, ["roles", "addresses", "expires_at"]),
                (#"{"name":"x","scopes":[],"expires_in":0}"#, ["expires_at"]),
                (#"{"name":"x","scopes":[],"expires_in":-9223372036854775808}"#, ["expires_at"]),
                (#"{"name":"x","scopes":[],"expires_in":1e99}"#, ["expires_in"]),
                (#"{"name":"x","scopes":[],"expires_at":"1999-01-01T00:00:00Z"}"#, ["expires_at"]),
                (#"{"name":"x","scopes":[],"expires_in":60,"expires_at":"2030-01-01T00:00:00Z"}"#, ["expires_in"]),
            ]
            for (json, fields) in wrong {
                let answer = try await Self.create(site, person, json)
                #expect(answer.status == 422 && answer.code == "validation_failed", "\(json) \(answer)")
                #expect(answer.objects("errors")?.compactMap { $0["field"] } == fields, "\(json) \(answer)")
            }
            for json in ["", "[]", "nonsense", #"{"name":"x""#] {
                #expect(try await Self.create(site, person, json).status == 400, "\(json)")
            }
        }
    }

    @Test func `want the permission to make keys, and show nobody another's`() async throws {
        try await Self.with { site, person in
            let id = try #require(try await Self.create(site, person).json("id"))
            _ = try await site.person("bob")
            let bob = try await site.signIn("bob")
            #expect(try await Self.create(site, bob).refusal == .forbidden)
            let list = try await site.get(Self.path, ["Authorization": bob.bearer])
            #expect(list.status == 200 && !list.text.contains(id))
            #expect(try await site.send("DELETE", "\(Self.path)/\(id)", ["Authorization": bob.bearer]).status == 404)
            #expect(
                try await site.send(
                    "PATCH", "\(Self.path)/\(id)", ["Authorization": bob.bearer, "Content-Type": "application/json"], body: #"{"name":"mine"}"#
                ).status == 404)
            for (method, path) in [("GET", Self.path), ("POST", Self.path), ("DELETE", "\(Self.path)/\(id)")] {
                #expect(try await site.send(method, path).refusal == .nobody)
            }
            let admin = try await site.signIn("admin")
            #expect(try await site.send("DELETE", "\(Self.path)/\(id)", ["Authorization": admin.bearer]).status == 404)
        }
    }

    @Test func `note a key's use at most once a minute, and only one that was let in`() async throws {
        try await Self.with { site, person in
            let made = try await Self.create(site, person, #"{"name":"ci","scopes":[]}"#)
            let (id, key) = (try #require(made.json("id")), try #require(made.json("key")))
            let used = { try await site.gate.accounts.apiKeys.list(of: site.ada.id, in: .everyTenant).first { $0.id == id }?.lastUsedAt }
            #expect(try await site.get("/orders", ["X-API-Key": key]).status == 403)
            #expect(try await used() == nil)
            #expect(try await site.get("/api/v1/auth/me", ["X-API-Key": key]).status == 200)
            let first = site.clock.now
            #expect(try await used() == first)
            site.clock.advance(.seconds(59))
            #expect(try await site.get("/api/v1/auth/me", ["X-API-Key": key]).status == 200)
            #expect(try await used() == first)
            site.clock.advance(.seconds(1))
            #expect(try await site.get("/api/v1/auth/me", ["X-API-Key": key]).status == 200)
            #expect(try await used() == site.clock.now)
        }
    }
}

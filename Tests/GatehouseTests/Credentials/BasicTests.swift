import Gatehouse
import Hummingbird
import Synchronization
import Testing

@Suite struct `Basic` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("who").on("", method: .get) { _, context in context.principal.username }
            .post("") { _, context in context.principal.username }
        router.requiring(.recent(within: .seconds(60)), "recent").get { _, _ in "recent" }
    }

    private static func with(_ body: (Site) async throws -> Void) async throws {
        try await Site.with(pages: true, settings: { $0.acceptsBasic = true }, routes: routes, body)
    }

    @Test func `is off unless it is turned on, and then not offered either`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let answer = try await site.get("/who", ["Authorization": Site.basic("ada")])
            #expect(answer.refusal == .badToken)
            #expect(try await site.get("/who").all("WWW-Authenticate") == ["Bearer"])
        }
    }

    @Test func `is offered to programs, not to browsers, which would ask in a window of their own`() async throws {
        try await Self.with { site in
            let basic = "Basic realm=\"gatehouse\", charset=\"UTF-8\""
            #expect(try await site.get("/who").all("WWW-Authenticate") == ["Bearer", basic])
            let wrong = try await site.get("/who", ["Authorization": Site.basic("ada", "not the password")])
            #expect(wrong.status == 401 && wrong.code == "invalid_credentials" && wrong.all("WWW-Authenticate") == ["Bearer", basic], "\(wrong)")
            #expect(try await site.get("/who", ["Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"]).all("WWW-Authenticate") == ["Bearer"])
            let page = try await site.get("/who", ["Accept": "text/html", "Sec-Fetch-Mode": "navigate"])
            #expect(page.status == 303 && page.all("WWW-Authenticate").isEmpty, "\(page)")
            let html = try await site.get("/who", ["Accept": "text/html", "Authorization": Site.basic("ada", "not the password")])
            #expect(html.status == 401 && html.all("WWW-Authenticate") == ["Bearer"], "\(html)")
        }
    }

    @Test func `shares its failures with the form, JSON and the password grant`() async throws {
        try await Self.with { site in
            let wrong = "not the password"
            #expect(try await site.get("/who", ["Authorization": Site.basic("ADA", wrong)]).status == 401)
            #expect(try await site.post("/api/auth/login", json: #"{"username":"Ada","password":"\#(wrong)"}"#).status == 401)
            #expect(try await site.post("/auth/sign-in", form: ["username": "ada", "password": wrong]).status == 401)
            #expect(try await site.post("/api/v1/auth/token", form: ["grant_type": "password", "username": "ada", "password": wrong]).status == 400)
            #expect(try await site.get("/who", ["Authorization": Site.basic("ａｄａ", wrong)]).status == 401)
            for answer in [
                try await site.get("/who", ["Authorization": Site.basic("ada")]),
                try await site.post("/api/auth/login", json: #"{"username":"ada","password":"\#(Site.password)"}"#),
            ] {
                #expect(answer.status == 429 && answer.code == "too_many_attempts" && answer["Retry-After"] != nil, "\(answer)")
            }
            site.clock.advance(.seconds(3))
            #expect(try await site.get("/who", ["Authorization": Site.basic("ada")]).text == "ada")
        }
    }

    @Test func `answers alike for a wrong password, an unknown name, a key that is none and a disabled account`() async throws {
        try await Self.with { site in
            let bob = try await site.person("bob")
            try await site.gate.accounts.users.disable(id: bob.id, in: .everyTenant)
            for value in [Site.basic("ada", "x"), Site.basic("nobody", "x"), Site.basic("bob"), Site.basic("", ""), Site.basic("ada", "")] {
                let answer = try await site.get("/who", ["Authorization": value])
                #expect(answer.status == 401 && answer.code == "invalid_credentials", "\(value) \(answer)")
            }
        }
    }

    @Test func `takes a key with its id as the user name and its secret as the password`() async throws {
        try await Self.with { site in
            let key = try await site.key()
            let secret = String(key.text.split(separator: "_")[3])
            #expect(try await site.get("/who", ["Authorization": Site.basic(key.id, secret)]).text == "ada")
            #expect(try await site.get("/who", ["Authorization": Site.basic(key.id, key.text)]).text == "ada")
            let other = String(secret.dropLast()) + (secret.hasSuffix("0") ? "1" : "0")
            #expect(try await site.get("/who", ["Authorization": Site.basic(key.id, other)]).status == 401)
            #expect(try await site.get("/who", ["Authorization": Site.basic("0000000000000000", secret)]).status == 401)
        }
    }

    @Test func `takes a password that begins as a key does`() async throws {
        try await Self.with { site in
            for password in ["gh_a long enough phrase", "gh_key_0000000000000000_\(String(repeating: "0", count: 43))_000000"] {
                try await site.gate.accounts.users.setPassword(Secret(password), of: site.ada.id, in: .everyTenant)
                #expect(try await site.get("/who", ["Authorization": Site.basic("ada", password)]).text == "ada", "\(password)")
                #expect(try await site.get("/who", ["Authorization": Site.basic("ada", password + "x")]).code == "invalid_credentials")
            }
        }
    }

    @Test func `counts as proved when it was sent, not when the hash was done`() async throws {
        let seen = PrincipalRecorder()
        let clock = TestClock()
        var plan = Site.Plan(routes: seen.routes)
        plan.settings = {
            $0.acceptsBasic = true
            $0.clock = clock.clock
            // As long as the password is being looked at, the time goes on.
            $0.passwordCheck = { _, _ in
                clock.advance(.seconds(10))
                return nil
            }
        }
        try await Site.with(plan) { site in
            let sent = clock.now
            let basic = try await seen.principal(site, ["Authorization": Site.basic("ada")])
            #expect(basic.authenticatedAt == sent && clock.now == sent + .seconds(10))
        }
    }

    @Test func `costs one hash whoever is refused, and a key none`() async throws {
        let hashes = Mutex(0)
        try await Site.with(
            settings: {
                $0.acceptsBasic = true
                $0.accounts.onHash = { hashes.withLock { $0 += 1 } }
            }, routes: Self.routes
        ) { site in
            let (key, revoked) = (try await site.key(), try await site.key())
            try await site.gate.accounts.apiKeys.revoke(revoked.id, in: .everyTenant)
            let disabled = try await site.person("bob")
            try await site.gate.accounts.users.disable(id: disabled.id, in: .everyTenant)
            func secret(_ key: String) -> String { String(key.split(separator: "_")[3]) }
            let refused: [(String, String)] = [
                ("ada", "wrong"), ("nobody", "wrong"), ("bob", Site.password), ("", ""), (key.id, "wrong"), (key.id, secret(revoked.text)),
                (revoked.id, secret(revoked.text)), ("0000000000000000", secret(key.text)), (key.id, String(repeating: "x", count: 43)),
                ("ada", String(repeating: "x", count: 43)), ("ada", String(repeating: "x", count: 5000)),
            ]
            for (name, password) in refused {
                hashes.withLock { $0 = 0 }
                let answer = try await site.get("/who", ["Authorization": Site.basic(name, password)])
                #expect(answer.status == 401 && answer.code == "invalid_credentials", "\(name) \(answer)")
                #expect(hashes.withLock { $0 } == 1, "\(name) \(password.prefix(50))")
            }
            hashes.withLock { $0 = 0 }
            for (name, password) in [(key.id, secret(key.text)), ("x", key.text)] {
                #expect(try await site.get("/who", ["Authorization": Site.basic(name, password)]).text == "ada")
            }
            // 256 bits that nobody guesses; what is no key of ours by its sum never comes to the store.
            #expect(try await site.get("/who", ["Authorization": Site.basic("x", revoked.text)]).code == "invalid_token")
            #expect(hashes.withLock { $0 } == 0)
        }
    }

    @Test func `does not get round a password that must be changed`() async throws {
        try await Self.with { site in
            try await site.gate.accounts.users.setPassword(Secret(Site.password), of: site.ada.id, mustChange: true, in: .everyTenant)
            let answer = try await site.get("/who", ["Authorization": Site.basic("ada")])
            #expect(answer.status == 403 && answer.code == "password_change_required", "\(answer)")
        }
    }

    @Test func `that another site makes a browser send is refused`() async throws {
        try await Self.with { site in
            let basic = Site.basic("ada")
            #expect(try await site.send("POST", "/who", ["Authorization": basic]).text == "ada")
            #expect(try await site.send("POST", "/who", ["Authorization": basic, "Origin": site.origin]).text == "ada")
            for fields: Site.Fields in [
                ["Authorization": basic, "Origin": "https://evil.example"], ["Authorization": basic, "Sec-Fetch-Site": "cross-site"],
                ["Authorization": basic, "Origin": "null"],
            ] {
                let answer = try await site.send("POST", "/who", fields)
                #expect(answer.status == 403 && answer.code == "csrf_failed", "\(fields) \(answer)")
            }
            #expect(try await site.get("/who", ["Authorization": basic, "Sec-Fetch-Site": "cross-site"]).text == "ada")
        }
    }

    @Test func `proves the person anew each time, a key proves nobody`() async throws {
        try await Self.with { site in
            let key = try await site.key()
            #expect(try await site.get("/recent", ["Authorization": Site.basic("ada")]).text == "recent")
            #expect(try await site.get("/recent", ["Authorization": Site.basic("", key.text)]).code == "reauthentication_required")
        }
    }
}

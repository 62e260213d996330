import Gatehouse
import Testing

@Suite struct `Sign-in over JSON` {
    @Test func `hands out what the contract says`() async throws {
        try await Site.with { site in
            let answer = try await site.post("/api/auth/login", json: #"{"username":"ada","password":"\#(Site.password)"}"#)
            #expect(answer.status == 200 && answer["Content-Type"] == "application/json" && answer["Cache-Control"] == "no-store")
            #expect(answer.keys == ["access_token", "token_type", "expires_in", "refresh_token", "csrf_token"])
            #expect(answer.json("token_type") == "Bearer" && answer.number("expires_in") == 900)
            #expect(answer["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test func `takes the user name in any spelling and the e-mail address`() async throws {
        try await Site.with { site in
            for name in ["ADA", "ada@example.com", " ada ", "ａｄａ"] { _ = try await site.signIn(name) }
        }
    }

    @Test func `answers alike for a wrong password, an unknown name and a disabled account`() async throws {
        try await Site.with { site in
            let disabled = try await site.gate.accounts.users.create(NewUser(username: "bob", password: Secret(Site.password)))
            try await site.gate.accounts.users.disable(id: disabled.id, in: .everyTenant)
            var bodies: Set<String> = []
            for (name, password) in [("ada", "wrong"), ("nobody", "wrong"), ("bob", Site.password), ("ada", ""), ("", ""), ("a\\u0000b", "x")] {
                let answer = try await site.post(
                    "/api/auth/login", json: #"{"username":"\#(name)","password":"\#(password)"}"#, ["X-Request-ID": "same"])
                #expect(answer.status == 401 && answer.code == "invalid_credentials" && answer["Set-Cookie"] == nil, "\(name) \(answer)")
                #expect(answer["WWW-Authenticate"] == "Bearer")
                bodies.insert(answer.text)
            }
            #expect(bodies.count == 1)
        }
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"username":"ada"}"#, #"{"username":1,"password":"sesame"}"#, #"{"username":"ada","password":null}"#,
        #"{"username":"ada","password":["sesame"]}"#, #"{"username":"ada","password":"sesame","cookie":"no"}"#, "\u{FEFF}sesame",
        #"{"username":"ada","password":"\ud800sesame"}"#,
    ])
    func `refuses a body of another shape without saying it again`(_ body: String) async throws {
        try await Site.with { site in
            let answer = try await site.post("/api/auth/login", json: body)
            #expect(answer.status == 400 && answer.code == "malformed_request", "\(answer)")
            #expect(!answer.text.contains("sesame") && !site.log.lines.joined().contains("sesame"))
        }
    }

    @Test func `refuses bodies that are too large or broken off`() async throws {
        try await Site.with { site async throws in
            let password = String(repeating: "p", count: 65_536)
            let answer = try await site.post("/api/auth/login", json: #"{"username":"ada","password":"\#(password)"}"#)
            #expect(answer.status == 413 && answer.code == "request_too_large", "\(answer)")
            let nested = String(repeating: "[", count: 30_000)
            #expect(try await site.post("/api/auth/login", json: nested).status == 400)
        }
    }

    @Test func `takes parameters of the media type`() async throws {
        try await Site.with { site async throws in
            let json = #"{"username":"ada","password":"\#(Site.password)"}"#
            for type in ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"] {
                #expect(try await site.send("POST", "/api/auth/login", ["Content-Type": type], body: json).status == 200, "\(type)")
            }
            let twice: Site.Fields = ["Content-Type": "application/json", "Content-Type": "application/json"]
            #expect(try await site.send("POST", "/api/auth/login", twice, body: json).status == 415)
        }
    }

    @Test func `slows down after free failures and says for how long`() async throws {
        try await Site.with { site in
            var answers: [Answer] = []
            for _ in 0..<8 { answers.append(try await site.post("/api/auth/login", json: #"{"username":"ada","password":"wrong"}"#)) }
            let refused = try #require(answers.last)
            #expect(answers.prefix(5).allSatisfy { $0.status == 401 })
            #expect(refused.status == 429 && refused.code == "too_many_attempts" && refused["Retry-After"] == "1", "\(refused)")
            let right = try await site.post("/api/auth/login", json: #"{"username":"ADA","password":"\#(Site.password)"}"#)
            #expect(right.status == 429 && right["Set-Cookie"] == nil)
            let token = try await site.post("/api/v1/auth/token", form: ["grant_type": "password", "username": "ada", "password": Site.password])
            #expect(token.status == 429 && token["Retry-After"] == "1" && token.json("error") == "temporarily_unavailable", "\(token)")
            let unknown = try await Self.exhaust("nobody", site)
            #expect(unknown.status == 429 && unknown["Retry-After"] == "1")
            site.clock.advance(.seconds(2))
            _ = try await site.signIn()
        }
    }

    private static func exhaust(_ name: String, _ site: Site) async throws -> Answer {
        for _ in 0..<7 { _ = try await site.post("/api/auth/login", json: #"{"username":"\#(name)","password":"wrong"}"#) }
        return try await site.post("/api/auth/login", json: #"{"username":"\#(name)","password":"wrong"}"#)
    }

    @Test func `says when it is busy, and when to come again`() async throws {
        try await Site.with(settings: { settings in
            settings.accounts.hashing.queue = 2
            settings.accounts.hashing.memoryKiB = 32 * 1024
            settings.accounts.hashing.iterations = 4
        }) { site in
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for index in 0..<16 {
                    group.addTask { try await site.post("/api/auth/login", json: #"{"username":"user\#(index)","password":"wrong"}"#) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let busy = answers.filter { $0.status == 503 }
            #expect(!busy.isEmpty && answers.allSatisfy { [401, 503].contains($0.status) })
            #expect(busy.allSatisfy { $0.code == "server_busy" && $0["Retry-After"] == "1" })
        }
    }

    @Test func `asks for a new password first where one is due, and takes it`() async throws {
        try await Site.with { site in
            try await site.gate.accounts.users.setPassword(Secret("given by somebody"), of: site.ada.id, mustChange: true, in: .everyTenant)
            let old = #""username":"ada","password":"given by somebody""#
            let refused = try await site.post("/api/auth/login", json: "{\(old)}")
            #expect(refused.status == 403 && refused.code == "password_change_required" && refused["Set-Cookie"] == nil, "\(refused)")
            let wrong = try await site.post("/api/auth/login", json: #"{"username":"ada","password":"x","new_password":"another long phrase"}"#)
            #expect(wrong.status == 401)
            let short = try await site.post("/api/auth/login", json: #"{\#(old),"new_password":"short"}"#)
            #expect(short.status == 422 && short.code == "password_rejected", "\(short)")
            #expect(short.objects("errors")?.first?["field"] == "new_password" && short.objects("errors")?.first?["code"] == "too_short")
            let changed = try await site.post("/api/auth/login", json: #"{\#(old),"new_password":"another long phrase"}"#)
            #expect(changed.status == 200 && changed.cookie != nil)
            _ = try await site.signIn("ada", "another long phrase")
        }
    }
}

@Suite struct `GET me` {
    @Test func `tells who the caller is, and a browser its forgery token`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let bearer = try await site.get("/api/v1/auth/me", ["Authorization": person.bearer])
            let common: Set = ["id", "type", "username", "email", "name", "tenant", "roles", "permissions", "auth_provider", "session_id"]
            #expect(bearer.keys == common && bearer["Cache-Control"] == "no-store", "\(bearer)")
            #expect(bearer.json("id") == site.ada.id && bearer.json("type") == "user" && bearer.json("username") == "ada")
            #expect(bearer.json("email") == "ada@example.com" && bearer.json("name") == "Ada" && bearer.json("auth_provider") == "local")
            #expect(bearer.strings("roles") == [] && bearer.strings("permissions") == [])
            for _ in 0..<2 {
                let cookie = try await site.get("/api/v1/auth/me", ["Cookie": person.cookie])
                #expect(cookie.keys == common.union(["csrf_token"]) && cookie.json("csrf_token") == person.csrf)
                #expect(cookie.json("session_id") == bearer.json("session_id"))
            }
            #expect(try await site.get("/api/v1/auth/me", ["Authorization": person.bearer]).keys == common)
        }
    }

    @Test func `leaves out what there is not`() async throws {
        try await Site.with { site in
            let admin = try await site.signIn("admin")
            let answer = try await site.get("/api/v1/auth/me", ["Authorization": admin.bearer])
            #expect(!answer.keys.contains("email") && !answer.text.contains("null") && answer.strings("roles") == ["admin"], "\(answer)")
            #expect(answer.strings("permissions") == ["*"])
        }
    }
}

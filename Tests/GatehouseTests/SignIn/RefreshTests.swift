import Gatehouse
import Testing

@Suite struct `Refresh and sign-out over JSON` {
    private func refresh(_ site: Site, _ token: String) async throws -> Answer {
        try await site.post("/api/auth/refresh", json: #"{"refresh_token":"\#(token)"}"#)
    }

    @Test func `give a new pair for a refresh token`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let answer = try await refresh(site, person.refreshToken)
            #expect(answer.status == 200 && answer.keys == ["access_token", "token_type", "expires_in", "refresh_token"], "\(answer)")
            #expect(answer.number("expires_in") == 900 && answer["Cache-Control"] == "no-store" && answer["Set-Cookie"] == nil)
            #expect(answer.json("refresh_token") != person.refreshToken)
            #expect(try await site.isSignedIn(bearer: "Bearer \(answer.json("access_token") ?? "")"))
        }
    }

    @Test func `give an access token alone for the cookie, forgery-checked`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let fields: Site.Fields = ["Cookie": person.cookie, "Origin": site.origin, "X-CSRF-Token": person.csrf]
            let answer = try await site.send("POST", "/api/auth/refresh", fields)
            #expect(answer.status == 200 && answer.keys == ["access_token", "token_type", "expires_in"], "\(answer)")
            #expect(try await site.send("POST", "/api/auth/refresh", ["Cookie": person.cookie, "Origin": site.origin]).status == 403)
            #expect(try await site.send("POST", "/api/auth/refresh", ["Cookie": person.cookie, "X-CSRF-Token": person.csrf]).status == 403)
            #expect(try await site.send("POST", "/api/auth/refresh").status == 401)
            #expect(try await site.send("POST", "/api/auth/refresh", ["Authorization": person.bearer]).status == 401)
            #expect(try await site.send("POST", "/api/auth/refresh", ["Cookie": "gatehouse=x", "Origin": site.origin]).status == 401)
        }
    }

    @Test func `of one token a hundred times at once give one child and keep the session`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<100 { group.addTask { try await self.refresh(site, person.refreshToken) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            let children = Set(answers.compactMap { $0.json("refresh_token") })
            #expect(children.count == 1)
            #expect(try await site.isSignedIn(cookie: person.cookie))
            #expect(try await refresh(site, try #require(children.first)).status == 200)
        }
    }

    @Test func `of a used token outside the grace end the whole family`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let child = try #require(try await refresh(site, person.refreshToken).json("refresh_token"))
            site.clock.advance(.seconds(10) - .microseconds(1))
            #expect(try await refresh(site, person.refreshToken).json("refresh_token") == child)
            site.clock.advance(.microseconds(1))
            let reused = try await refresh(site, person.refreshToken)
            #expect(reused.status == 400 && reused.code == "invalid_grant", "\(reused)")
            #expect(try await refresh(site, child).status == 400)
            #expect(try await !site.isSignedIn(cookie: person.cookie))
            #expect(try await !site.isSignedIn(bearer: person.bearer))
            #expect(!site.audit.events("refresh.reused").isEmpty)
        }
    }

    @Test func `of a token whose child was used end the family inside the grace too`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let child = try #require(try await refresh(site, person.refreshToken).json("refresh_token"))
            #expect(try await refresh(site, child).status == 200)
            #expect(try await refresh(site, person.refreshToken).status == 400)
            #expect(try await !site.isSignedIn(cookie: person.cookie))
        }
    }

    @Test(arguments: ["", "x", "a\\u0000", String(repeating: "A", count: 43), String(repeating: "A", count: 5000)])
    func `refuse a token that is none`(_ token: String) async throws {
        try await Site.with { site in
            let answer = try await refresh(site, token)
            #expect(answer.status == 400 && answer.code == "invalid_grant", "\(answer)")
            #expect(try await site.post("/api/auth/refresh", json: "{}").status == 400)
            #expect(try await site.send("POST", "/api/auth/refresh", ["Content-Type": "text/plain"], body: "{}").status == 415)
            #expect(try await site.send("POST", "/api/auth/refresh", body: String(repeating: "x", count: 70_000)).status == 415)
        }
    }

    @Test func `end the session that the cookie, the token or the refresh token names`() async throws {
        try await Site.with { site in
            for how in ["cookie", "bearer", "refresh"] {
                let person = try await site.signIn()
                let answer =
                    switch how {
                    case "cookie":
                        try await site.send(
                            "POST", "/api/auth/logout", ["Cookie": person.cookie, "Origin": site.origin, "X-CSRF-Token": person.csrf])
                    case "bearer": try await site.send("POST", "/api/auth/logout", ["Authorization": person.bearer])
                    default: try await site.post("/api/auth/logout", json: #"{"refresh_token":"\#(person.refreshToken)"}"#)
                    }
                #expect(answer.status == 204 && answer.body.isEmpty && answer["Cache-Control"] == "no-store", "\(how) \(answer)")
                #expect(answer.cookie == (how == "cookie" ? "gatehouse=" : nil))
                #expect(try await !site.isSignedIn(cookie: person.cookie), "\(how)")
                #expect(try await !site.isSignedIn(bearer: person.bearer), "\(how)")
                #expect(try await refresh(site, person.refreshToken).status == 400)
            }
        }
    }

    @Test func `end the session of an access token that has run out, and of nothing else`() async throws {
        try await Site.with { site in
            let (ada, other) = (try await site.signIn(), try await site.signIn())
            site.clock.advance(.seconds(20 * 60))
            #expect(try await !site.isSignedIn(bearer: ada.bearer))
            #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": "Basic \(other.token)"]).status == 204)
            #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": "Bearer \(other.token.dropLast(8))AAAAAAAA"]).status == 204)
            #expect(try await site.send("POST", "/api/auth/logout", ["X-API-Key": other.token]).status == 204)
            #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": ada.bearer]).status == 204)
            #expect(try await !site.isSignedIn(cookie: ada.cookie))
            #expect(try await site.isSignedIn(cookie: other.cookie))
        }
    }

    @Test func `end what a refresh token names whatever cookie lies beside it, and that only`() async throws {
        try await Site.with { site in
            let (ada, other) = (try await site.signIn(), try await site.signIn())
            let json = #"{"refresh_token":"\#(ada.refreshToken)"}"#
            let answer = try await site.post("/api/auth/logout", json: json, ["Cookie": other.cookie])
            #expect(answer.status == 204 && answer["Set-Cookie"] == nil, "\(answer)")
            #expect(try await !site.isSignedIn(cookie: ada.cookie))
            #expect(try await site.isSignedIn(cookie: other.cookie))
        }
    }

    @Test func `are idempotent, and do nothing for a link or another site`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            for method in ["GET", "HEAD", "OPTIONS", "PUT"] {
                #expect(try await site.send(method, "/api/auth/logout", ["Cookie": person.cookie]).status == 405)
            }
            for fields: Site.Fields in [
                ["Cookie": person.cookie], ["Cookie": person.cookie, "Origin": "https://evil.example"],
                ["Cookie": person.cookie, "Origin": site.origin],
                ["Cookie": person.cookie, "X-CSRF-Token": person.csrf],
                ["Cookie": person.cookie, "Sec-Fetch-Site": "same-site", "X-CSRF-Token": person.csrf],
            ] { #expect(try await site.send("POST", "/api/auth/logout", fields).status == 403, "\(fields)") }
            #expect(try await site.isSignedIn(cookie: person.cookie))
            for _ in 0..<2 {
                #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": person.bearer]).status == 204)
                #expect(try await site.post("/api/auth/logout", json: #"{"refresh_token":"\#(person.refreshToken)"}"#).status == 204)
            }
            #expect(try await site.send("POST", "/api/auth/logout").status == 204)
        }
    }

    @Test func `count as activity`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            var token = person.refreshToken
            for _ in 0..<3 {
                site.clock.advance(.seconds(25 * 60))
                token = try #require(try await refresh(site, token).json("refresh_token"))
            }
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }
}

@Suite struct `The token endpoint` {
    private func token(_ site: Site, _ form: KeyValuePairs<String, String>) async throws -> Answer {
        try await site.post("/api/v1/auth/token", form: form)
    }

    @Test func `grants for a password and for a refresh token`() async throws {
        try await Site.with { site in
            let granted = try await token(site, ["grant_type": "password", "username": "ada", "password": Site.password, "scope": ""])
            #expect(granted.status == 200 && granted.keys == ["access_token", "token_type", "expires_in", "refresh_token"], "\(granted)")
            #expect(granted["Content-Type"] == "application/json" && granted["Cache-Control"] == "no-store" && granted["Set-Cookie"] == nil)
            #expect(granted.number("expires_in") == 900 && granted.json("token_type") == "Bearer")
            let refreshed = try await token(site, ["grant_type": "refresh_token", "refresh_token": granted.json("refresh_token") ?? ""])
            #expect(refreshed.status == 200 && refreshed.keys == granted.keys)
            #expect(try await site.isSignedIn(bearer: "Bearer \(refreshed.json("access_token") ?? "")"))
        }
    }

    @Test func `refuses as RFC 6749 says`() async throws {
        try await Site.with { site in
            try await site.gate.accounts.users.setPassword(Secret("given by somebody"), of: site.ada.id, mustChange: true, in: .everyTenant)
            let cases: [(KeyValuePairs<String, String>, Int, String, String)] = [
                (["grant_type": "password", "username": "admin", "password": "wrong"], 400, "invalid_grant", "invalid_credentials"),
                (["grant_type": "password", "username": "ada", "password": "given by somebody"], 400, "invalid_grant", "password_change_required"),
                (
                    ["grant_type": "password", "username": "ada", "password": "given by somebody", "new_password": "x"], 400, "invalid_grant",
                    "password_rejected"
                ),
                (["grant_type": "password", "username": "admin"], 400, "invalid_request", "malformed_request"),
                (["grant_type": "password", "username": "", "password": "x"], 400, "invalid_request", "malformed_request"),
                (["grant_type": "refresh_token", "refresh_token": "x"], 400, "invalid_grant", "invalid_grant"),
                (["grant_type": "refresh_token"], 400, "invalid_request", "malformed_request"),
                (["grant_type": "client_credentials"], 400, "unsupported_grant_type", "unsupported_grant_type"),
                (["grant_type": "Password"], 400, "unsupported_grant_type", "unsupported_grant_type"),
                (["grant_type": ""], 400, "invalid_request", "malformed_request"), ([:], 400, "invalid_request", "malformed_request"),
                (["grant_type": "password", "grant_type": "password"], 400, "invalid_request", "malformed_request"),
            ]
            for (form, status, error, code) in cases {
                let answer = try await token(site, form)
                #expect(answer.status == status && answer.json("error") == error && answer.code == code, "\(form) \(answer)")
                #expect(answer.keys == ["error", "error_description", "code", "request_id"])
                #expect(answer["Content-Type"] == "application/json" && answer["Cache-Control"] == "no-store")
                #expect(answer.json("request_id") == answer["X-Request-ID"])
                #expect(
                    site.log.lines.contains { $0.contains("gate.request_id=\(answer["X-Request-ID"] ?? "?")") && $0.contains("gate.code=\(code)") })
            }
        }
    }

    @Test func `takes an empty parameter for an absent one`() async throws {
        try await Site.with { site in
            let answer = try await token(site, ["grant_type": "password", "username": "ada", "password": Site.password, "new_password": ""])
            #expect(answer.status == 200, "\(answer)")
        }
    }

    @Test func `refuses other bodies`() async throws {
        try await Site.with { site in
            func post(_ type: String, _ body: String) async throws -> Answer {
                try await site.send("POST", "/api/v1/auth/token", ["Content-Type": type], body: body)
            }
            let form = "application/x-www-form-urlencoded"
            #expect(try await post("application/json", "{}").status == 415)
            for body in ["grant_type=%", "grant_type=%zz", "grant_type=%ff", "grant_type=pass%00word", "%ff=x"] {
                let answer = try await post(form, body)
                #expect(answer.status == 400 && answer.json("error") != nil, "\(body) \(answer)")
            }
            #expect(try await post(form, "grant_type=password&x=" + String(repeating: "y", count: 66_000)).status == 413)
            #expect(try await post(form + ";charset=UTF-8", "grant_type=x").json("error") == "unsupported_grant_type")
            let get = try await site.get("/api/v1/auth/token?grant_type=password")
            #expect(get.status == 405)
        }
    }

    @Test func `is asked for a credential in vain by a browser's cookie`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            let answer = try await site.post(
                "/api/v1/auth/token", form: ["grant_type": "refresh_token", "refresh_token": person.cookie], ["Cookie": person.cookie])
            #expect(answer.status == 400 && answer.json("error") == "invalid_grant")
        }
    }
}

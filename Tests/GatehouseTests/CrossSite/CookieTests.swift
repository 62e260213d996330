import Gatehouse
import Testing

@Suite struct `The session cookie` {
    private func attributes(_ answer: Answer) -> Set<String> {
        Set((answer["Set-Cookie"] ?? "").split(separator: "; ").dropFirst().map(String.init))
    }

    @Test func `is host-bound and secure under an https origin`() async throws {
        try await Site.with(Site.publicURL) { site in
            let person = try await site.signIn()
            #expect(person.cookie.wholeMatch(of: /__Host-gatehouse=[A-Za-z0-9_-]{43}/) != nil)
            #expect(attributes(person.answer) == ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"])
            let out = try await site.send(
                "POST", "/api/auth/logout", ["Cookie": person.cookie, "Origin": site.origin, "X-CSRF-Token": person.csrf])
            #expect(out.status == 204 && out.cookie == "__Host-gatehouse=")
            #expect(attributes(out) == ["Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=0"])
        }
    }

    @Test(arguments: [nil, "http://localhost:8080"])
    func `loses the prefix and Secure over plain HTTP on loopback, nothing else`(_ publicURL: String?) async throws {
        try await Site.with(publicURL) { site in
            let person = try await site.signIn()
            #expect(person.cookie.wholeMatch(of: /gatehouse=[A-Za-z0-9_-]{43}/) != nil)
            #expect(attributes(person.answer) == ["Path=/", "HttpOnly", "SameSite=Lax"])
            #expect(person.answer["Strict-Transport-Security"] == nil)
        }
    }

    @Test func `of the other mode means nothing`() async throws {
        try await Site.with(Site.publicURL) { site in
            let person = try await site.signIn()
            #expect(try await !site.isSignedIn(cookie: "gatehouse=\(person.cookie.dropFirst(17))"))
            #expect(try await site.isSignedIn(cookie: "gatehouse=x; \(person.cookie)"))
        }
    }

    @Test func `that was planted before the sign-in stays nobody's`() async throws {
        try await Site.with { site in
            let planted = "gatehouse=" + String(repeating: "A", count: 43)
            let person = try await site.signIn("ada", Site.password, ["Cookie": planted, "Origin": site.origin])
            #expect(person.cookie != planted)
            #expect(try await !site.isSignedIn(cookie: planted))
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }

    @Test func `of somebody else ends with a sign-in in its place`() async throws {
        try await Site.with { site in
            let attacker = try await site.signIn("admin")
            let person = try await site.signIn("ada", Site.password, ["Cookie": attacker.cookie, "Origin": site.origin])
            #expect(try await !site.isSignedIn(cookie: attacker.cookie))
            #expect(try await !site.isSignedIn(bearer: attacker.bearer))
            #expect(try await site.get("/api/v1/auth/me", ["Cookie": person.cookie]).json("username") == "ada")
            #expect(try await site.post("/api/auth/refresh", json: #"{"refresh_token":"\#(attacker.refreshToken)"}"#).status == 400)
        }
    }

    @Test func `is not given where none is wanted`() async throws {
        try await Site.with { site in
            let answer = try await site.post("/api/auth/login", json: #"{"username":"ada","password":"\#(Site.password)","cookie":false}"#)
            #expect(answer.status == 200 && answer.all("Set-Cookie").isEmpty)
            #expect(answer.keys == ["access_token", "token_type", "expires_in", "refresh_token"])
        }
    }

    @Test func `idles out at exactly thirty minutes and lives twelve hours at most`() async throws {
        try await Site.with { site in
            let idle = try await site.signIn()
            site.clock.advance(.seconds(30 * 60) - .microseconds(1))
            #expect(try await site.isSignedIn(cookie: idle.cookie))
            let person = try await site.signIn()
            for _ in 0..<24 where person.cookie != "" {
                site.clock.advance(.seconds(29 * 60))
                #expect(try await site.isSignedIn(cookie: person.cookie))
            }
            site.clock.advance(.seconds(12 * 3600 - 24 * 29 * 60) - .microseconds(1))
            #expect(try await site.isSignedIn(cookie: person.cookie))
            site.clock.advance(.microseconds(1))
            #expect(try await !site.isSignedIn(cookie: person.cookie))
            let last = try await site.signIn()
            site.clock.advance(.seconds(30 * 60))
            #expect(try await !site.isSignedIn(cookie: last.cookie))
        }
    }

    @Test func `is not kept alive by requests that are refused or by a token`() async throws {
        try await Site.with { site in
            let person = try await site.signIn()
            for _ in 0..<3 {
                site.clock.advance(.seconds(599))
                _ = try await site.send("POST", "/api/auth/logout", ["Cookie": person.cookie, "Origin": "https://evil.example"])
                _ = try await site.isSignedIn(bearer: person.bearer)
            }
            site.clock.advance(.seconds(3))
            #expect(try await !site.isSignedIn(cookie: person.cookie))
        }
    }
}

import Foundation
import Gatehouse
import Hummingbird
import Testing

@Suite struct `A credential` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("guarded").get { _, context in context.principal.username }
        router.open("open").get { _, context in context.identity.principal?.username ?? "nobody" }
    }

    @Test func `in a header wins over the cookie`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let (ada, admin) = (try await site.signIn(), try await site.signIn("admin"))
            #expect(try await site.get("/guarded", ["Authorization": admin.bearer, "Cookie": ada.cookie]).text == "admin")
            let answer = try await site.get("/guarded", ["Authorization": "Bearer x", "Cookie": ada.cookie])
            #expect(answer.status == 401 && answer.code == "invalid_token", "\(answer)")
            #expect(answer["WWW-Authenticate"] == "Bearer error=\"invalid_token\"")
        }
    }

    @Test(arguments: [
        ("", 400), ("Bearer", 400), ("Bearer ", 400), ("Bearer a b", 400), ("Bearer a,b", 400), ("Bearer a, Bearer b", 400),
        ("Bearer\ta", 400), ("nonsense", 400), ("Basic YWRhOmEgbG9uZyBlbm91Z2ggcGhyYXNl", 401), ("Api-Key abc", 401), ("Digest abc", 401),
        ("Bearerx abc", 401), ("Bearer abc", 401), ("bearer abc", 401), ("BEARER a.b.c", 401), ("Bearer  abc", 401), ("Negotiate abc=", 401),
    ])
    func `that cannot be read is 400, one that is not accepted 401`(_ value: String, _ status: Int) async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for fields: Site.Fields in [["Authorization": value], ["Authorization": value, "Cookie": person.cookie]] {
                let answer = try await site.get("/guarded", fields)
                #expect(answer.status == status, "\(value) \(answer)")
                #expect(answer.code == (status == 400 ? "malformed_credential" : "invalid_token"))
                #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer error=") == true)
                #expect(try await site.get("/open", fields).text == "nobody")
            }
        }
    }

    @Test func `that comes twice is 400 on a guarded route and none on an open one`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            let twice: [[(key: String, value: String)]] = [
                [("Authorization", person.bearer), ("Authorization", person.bearer)],
                [("authorization", person.bearer), ("AUTHORIZATION", "Basic x")], [("Authorization", person.bearer), ("X-API-Key", "k")],
                [("X-API-Key", "k"), ("X-API-Key", "k")], [("Cookie", "\(person.cookie); \(person.cookie)")],
                [("Cookie", person.cookie), ("Cookie", person.cookie)], [("Cookie", "gatehouse=; \(person.cookie)")],
            ]
            for fields in twice {
                let answer = try await site.send("GET", "/guarded", fields)
                #expect(answer.status == 400 && answer.code == "several_credentials", "\(fields) \(answer)")
                #expect(try await site.send("GET", "/open", fields).text == "nobody")
            }
        }
    }

    @Test func `of a kind that is not accepted is 401 beside a good cookie too`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/guarded", ["X-API-Key": "k", "Cookie": person.cookie]).status == 401)
            #expect(try await site.get("/guarded", ["Proxy-Authorization": person.bearer]).status == 401)
            #expect(try await site.get("/guarded?access_token=\(person.token)").status == 401)
            #expect(try await site.get("/guarded", ["Authorization": "Bearer \(person.refreshToken)"]).status == 401)
            #expect(try await site.get("/guarded", ["Authorization": "Bearer \(person.cookie.dropFirst(10))"]).status == 401)
        }
    }

    @Test func `in a cookie is read among others, whatever they are`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for others in [
                "a=b; %", "%;x=y", "=;=;%", "gatehouse2=x;%", "__Host-gatehouse=x; %", "a=\"b;c\";%", "xgatehouse=1;\t%", ";;%;;", "ä=ü😀; %",
                "%; ß=1",
            ] {
                let value = others.replacingOccurrences(of: "%", with: person.cookie)
                #expect(try await site.get("/guarded", ["Cookie": value]).text == "ada", "\(value)")
            }
            for value in [
                "gatehouse=", "gatehouse", "Gatehouse=\(person.cookie.dropFirst(10))", person.cookie + "x", String(person.cookie.dropLast()),
            ] {
                #expect(try await site.get("/guarded", ["Cookie": value]).status == 401, "\(value)")
            }
            let many = (0..<200).map { "c\($0)=\(String(repeating: "x", count: 60))" }.joined(separator: "; ")
            #expect(try await site.get("/guarded", ["Cookie": "\(many); \(person.cookie)"]).text == "ada")
        }
    }

    @Test func `ends with its session, for the bearer and for the cookie`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/guarded", ["Authorization": person.bearer]).text == "ada")
            let out = try await site.send("POST", "/api/auth/logout", ["Authorization": person.bearer])
            #expect(out.status == 204)
            let bearer = try await site.get("/guarded", ["Authorization": person.bearer])
            #expect(bearer.status == 401 && bearer.code == "invalid_token")
            #expect(try await site.get("/guarded", ["Cookie": person.cookie]).status == 401)
            #expect(try await site.get("/open", ["Authorization": person.bearer]).text == "nobody")
        }
    }

    @Test func `that is a token is refused from the second of its end, leeway added`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            site.clock.advance(.seconds(15 * 60 + 29))
            #expect(try await site.isSignedIn(bearer: person.bearer))
            site.clock.advance(.seconds(1))
            #expect(try await !site.isSignedIn(bearer: person.bearer))
        }
    }

    @Test func `that is a token of another gate or another audience is refused`() async throws {
        let foreign = try await Site.gate(.init(), TestClock(), AuditRecorder(), LogRecorder())
        let user = try await foreign.accounts.users.create(NewUser(username: "ada", password: Secret(Site.password)))
        let session = try await foreign.accounts.sessions.start(for: user, kind: .token).session
        let token = try foreign.tokens.issue(for: session).token
        try await Site.with(routes: Self.routes) { site in
            #expect(try await site.get("/guarded", ["Authorization": "Bearer \(token)"]).status == 401)
            let person = try await site.signIn()
            let id = try #require(try await site.get("/api/v1/auth/me", ["Cookie": person.cookie]).json("session_id"))
            let principal = try #require(try await site.gate.accounts.sessions.find(id: id)).principal
            let upstream = try #require(try await site.gate.upstreamToken(for: principal, audience: .upstream(path: "/reports")))
            #expect(try await site.get("/guarded", ["Authorization": "Bearer \(upstream)"]).status == 401)
        }
    }

    @Test func `that is a token is refused after any change to it`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let token = try await site.signIn().token
            var generator = SystemRandomNumberGenerator()
            let parts = token.split(separator: ".").map(String.init)
            var forged = [
                parts[0] + "." + parts[1], parts[0] + "." + parts[1] + ".", token + ".", token + "=", "." + token,
                Data(#"{"alg":"none","typ":"at+jwt"}"#.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "") + ".\(parts[1]).",
                String(repeating: "a", count: 9000), "\(parts[1]).\(parts[0]).\(parts[2])",
            ]
            for _ in 0..<40 {
                var bytes = Array(token.utf8)
                let index = Int.random(in: bytes.indices.dropLast(), using: &generator)
                bytes[index] =
                    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.".utf8).filter { $0 != bytes[index] }
                    .randomElement(using: &generator) ?? 0
                forged.append(String(decoding: bytes, as: UTF8.self))
            }
            for token in forged {
                let answer = try await site.get("/guarded", ["Authorization": "Bearer \(token)"])
                #expect(answer.status == 401 && answer.code == "invalid_token", "\(token) \(answer)")
            }
        }
    }

    @Test func `of a disabled user is refused at the next request`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            #expect(try await site.isSignedIn(bearer: person.bearer))
            try await site.gate.accounts.users.disable(id: site.ada.id, in: .everyTenant)
            #expect(try await !site.isSignedIn(bearer: person.bearer))
            #expect(try await !site.isSignedIn(cookie: person.cookie))
        }
    }

    @Test func `sees other roles at the next request, and a cookie gets another secret with it`() async throws {
        try await Site.with(routes: { $0.requiring(.anyRole("admin"), "admins").get { _, _ in "in" } }) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/admins", ["Authorization": person.bearer]).status == 403)
            try await site.gate.accounts.users.setRoles([.admin], of: site.ada.id)
            #expect(try await site.get("/admins", ["Authorization": person.bearer]).text == "in")
            let answer = try await site.get("/admins", ["Cookie": person.cookie])
            let renewed = try #require(answer.cookie)
            #expect(answer.text == "in" && renewed != person.cookie)
            #expect(try await site.get("/admins", ["Cookie": person.cookie])["Set-Cookie"] == nil)
            site.clock.advance(.seconds(11))
            #expect(try await !site.isSignedIn(cookie: person.cookie))
            #expect(try await site.isSignedIn(cookie: renewed))
        }
    }
}

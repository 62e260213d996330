import Gatehouse
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

/// Requests that are on their way to an upstream before the request loop hears of them: by the same rules, and with the same traces.
@Suite struct `A head start` {
    /// An upstream that says which way a request came to it. `/ui/late` is not answered before the request loop has heard of it.
    @Sendable private static func routes(_ router: TestRouter) throws {
        for (path, policy) in [("ui", Policy.signedIn), ("bosses", .anyRole("boss")), ("open", .public)] {
            router.forward(RouterPath(path), requiring: policy, address: "test") { authorized, request, connection in
                let work = Work()
                let (isLate, id) = (request.path == "/ui/late", authorized.request.id)
                connection.eventLoop?.assumeIsolated().execute {
                    if isLate { return connection.passOn() }
                    connection.answerAhead((200, "OK"), nil) { head in
                        head.putField("X-Way", "ahead")
                        head.putField("X-Told", id)
                    }
                }
                return work
            } _: { authorized, _, _ in
                Response(status: .ok, headers: [Self.way: "loop", Self.told: authorized.request.id])
            }
        }
    }

    private final class Work: StartedWork {
        let hasResult = false
        func cancel() {}
    }

    private static let way = HTTPField.Name("X-Way")!
    private static let told = HTTPField.Name("X-Told")!

    private func with(
        settings: @escaping @Sendable (inout GateSettings) -> Void = { _ in }, _ body: (Site) async throws -> Void
    ) async throws {
        try await Site.with(settings: settings, routes: Self.routes, body)
    }

    @Test func `is for those whom memory knows, however they come`() async throws {
        try await with { site in
            let (person, key) = (try await site.signIn(), try await site.key())
            for field in [("Cookie", person.cookie), ("Authorization", person.bearer), ("X-API-Key", key.text)] {
                // The first looks may have to ask the store, or note the use.
                #expect(try await eventually { try await site.send("GET", "/ui/page?x=1", [field])["X-Way"] == "ahead" }, "\(field)")
            }
            #expect(try await site.get("/open")["X-Way"] == "ahead")
            #expect(try await site.send("HEAD", "/open")["X-Way"] == "ahead")
        }
    }

    @Test func `is not for what has a body, may change something or asks for another protocol`() async throws {
        try await with { site in
            let person = try await site.signIn()
            for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
                #expect(try await site.send(method, "/ui", ["Authorization": person.bearer])["X-Way"] == "loop", "\(method)")
            }
            #expect(try await site.send("GET", "/ui", ["Authorization": person.bearer], body: "x")["X-Way"] == "loop")
            let upgrade: Site.Fields = ["Authorization": person.bearer, "Upgrade": "h2c", "Connection": "Upgrade"]
            #expect(try await site.get("/ui", upgrade)["X-Way"] == "loop")
        }
    }

    @Test func `is not for whoever is refused, and the refusal is told and recorded once`() async throws {
        let fixed = "a-key-that-stands-in-the-settings"
        let elsewhere = [try AddressRange("192.0.2.0/24")]
        try await with(settings: { $0.fixedKeys = [Site.fixedKey("robot", fixed, addresses: elsewhere)] }) { site in
            let person = try await site.signIn()
            let key = try await site.key()
            try await site.gate.accounts.apiKeys.revoke(key.id, in: .everyTenant)
            let before = site.audit.count
            for (path, fields, status, events) in [
                ("/ui", [:], 401, 0), ("/bosses", ["Authorization": person.bearer], 403, 1), ("/ui", ["X-API-Key": key.text], 401, 1),
                ("/ui", ["X-API-Key": fixed], 401, 1), ("/open", ["X-API-Key": fixed], 200, 1),
                ("/ui", ["Cookie": person.cookie, "Host": "evil.example"], 421, 0), ("/ui/%2e%2e/bosses", ["Cookie": person.cookie], 400, 0),
                ("/ui", ["Cookie": "\(person.cookie); \(person.cookie)"], 400, 0),
            ] as [(String, Site.Fields, Int, Int)] {
                let (count, lines) = (site.audit.count, site.log.lines.count)
                let answer = try await site.get(path, fields)
                #expect(answer.status == status && answer["X-Way"] != "ahead", "\(fields) \(answer)")
                #expect(site.audit.count == count + events, "\(fields)")
                #expect(site.log.lines[lines...].count { $0.contains("gate.code=") } == (status == 200 ? 0 : 1), "\(fields)")
            }
            #expect(site.audit.count == before + 4)
        }
    }

    @Test func `ends with the session`() async throws {
        try await with { site in
            let person = try await site.signIn()
            #expect(try await eventually { try await site.get("/ui", ["Cookie": person.cookie])["X-Way"] == "ahead" })
            #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": person.bearer]).status == 204)
            #expect(try await site.get("/ui", ["Cookie": person.cookie]).status == 401)
            #expect(try await site.get("/ui", ["Authorization": person.bearer]).status == 401)
        }
    }

    @Test func `lets activity be written, so that nobody who is there idles out`() async throws {
        try await with(settings: { $0.accounts.sessions.cookieIdle = .seconds(600) }) { site in
            let person = try await site.signIn()
            for _ in 0..<4 {
                site.clock.advance(.seconds(400))
                #expect(try await site.get("/ui", ["Cookie": person.cookie])["X-Way"] == "loop")
                #expect(try await eventually { try await site.get("/ui", ["Cookie": person.cookie])["X-Way"] == "ahead" })
            }
            site.clock.advance(.seconds(601))
            #expect(try await site.get("/ui", ["Cookie": person.cookie]).status == 401)
        }
    }

    @Test func `lets a cookie be renewed when somebody's roles have changed`() async throws {
        try await with { site in
            let person = try await site.signIn()
            #expect(try await site.get("/bosses", ["Cookie": person.cookie]).status == 403)
            try await site.permit("orders.read", role: "boss")
            let answer = try await site.get("/bosses", ["Cookie": person.cookie])
            #expect(answer["X-Way"] == "loop")
            let renewed = try #require(answer.cookie)
            #expect(renewed != person.cookie)
            #expect(try await eventually { try await site.get("/bosses", ["Cookie": renewed])["X-Way"] == "ahead" })
        }
    }

    @Test func `names the request as whoever got it was told`() async throws {
        try await with { site in
            for path in ["/open", "/ui/late"] {
                let person = try await site.signIn()
                let made = try await site.get(path, ["Cookie": person.cookie])
                #expect(made["X-Request-ID"] != nil && made["X-Request-ID"] == made["X-Told"], "\(made)")
                let own = try await site.get(path, ["Cookie": person.cookie, "X-Request-ID": "mine-1"])
                #expect(own["X-Request-ID"] == "mine-1" && own["X-Told"] == "mine-1")
                let unfit = try await site.get(path, ["Cookie": person.cookie, "X-Request-ID": "not fit"])
                #expect(unfit["X-Request-ID"] != "not fit" && unfit["X-Request-ID"] == unfit["X-Told"])
            }
        }
    }

    @Test func `that turns out to be none is decided by the request loop as ever`() async throws {
        try await with { site in
            let person = try await site.signIn()
            let answer = try await site.get("/ui/late", ["Cookie": person.cookie])
            #expect(answer.status == 200 && answer["X-Way"] == "loop")
        }
    }
}

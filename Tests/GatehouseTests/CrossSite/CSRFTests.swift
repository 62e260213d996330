import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

@Suite struct `A request with a cookie from another site` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        let group = router.signedIn("a")
        group.get { _, _ in "a" }.post { _, _ in "a" }.put { _, _ in "a" }.patch { _, _ in "a" }.delete { _, _ in "a" }
        router.forward("ui", requiring: .signedIn, address: "ui") { _, _, _ in Response(status: .ok) }
        router.forward("open", requiring: .public, address: "open") { authorized, _, _ in
            let name = authorized.principal?.username ?? "nobody"
            return Response(status: .ok, body: .init(byteBuffer: .init(string: name)))
        }
    }

    /// One way in which a request can come.
    private struct Case: Sendable {
        let method: String
        let path: String
        let origin: String?
        let site: String?
        let token: String?

        static func all(_ site: Site, _ person: Site.SignedIn) -> [Case] {
            let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
            return methods.flatMap { method in
                ["/a", "/ui/x"].flatMap { path in
                    [site.origin, "https://evil.example", "null", nil].flatMap { origin in
                        ["same-origin", "same-site", "cross-site", "none", nil].flatMap { fetchSite in
                            [person.csrf, "wrong", nil].map { Case(method: method, path: path, origin: origin, site: fetchSite, token: $0) }
                        }
                    }
                }
            }
        }

        func isHonest(_ ours: String, _ csrf: String) -> Bool {
            if method == "GET" || method == "HEAD" { return true }
            guard origin == ours || origin == nil && site == "same-origin" else { return false }
            return path == "/ui/x" || token == csrf
        }

        func text(_ host: String, _ cookie: String) -> String {
            var lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)", "Cookie: \(cookie)"]
            if let origin { lines.append("Origin: \(origin)") }
            if let site { lines.append("Sec-Fetch-Site: \(site)") }
            if let token { lines.append("X-CSRF-Token: \(token)") }
            return lines.joined(separator: "\r\n") + "\r\n\r\n"
        }
    }

    @Test(arguments: [nil, Site.publicURL])
    func `is refused in every combination that a page of ours would not send`(_ publicURL: String?) async throws {
        try await Site.with(publicURL, routes: Self.routes) { site in
            let person = try await site.signIn()
            let (port, host, origin) = (site.port, site.host, site.origin)
            let cases = Case.all(site, person)
            try await blocking {
                let wire = try Wire(port: port)
                for one in cases {
                    try wire.send(one.text(host, person.cookie))
                    let answer = try wire.readAnswer(toHead: one.method == "HEAD")
                    let isHonest = one.isHonest(origin, person.csrf)
                    #expect(answer.status == (isHonest ? 200 : 403), "\(one) \(answer)")
                    if !isHonest { #expect(answer.code == "csrf_failed") }
                }
            }
        }
    }

    @Test(arguments: [
        "https://app.example.com.evil.example", "http://app.example.com", "https://app.example.com:444", "https://app.example.com/",
        "https://evil.example/app.example.com", "https://xapp.example.com", "https://app.example.com@evil.example", "app.example.com", "",
        "https://app.example.com, https://evil.example", "https://sub.app.example.com", "file://", "https://аpp.example.com",
    ])
    func `is told by the whole origin`(_ origin: String) async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site in
            let person = try await site.signIn()
            let answer = try await site.send("POST", "/a", ["Cookie": person.cookie, "Origin": origin, "X-CSRF-Token": person.csrf])
            #expect(answer.status == 403 && answer.code == "csrf_failed", "\(answer)")
            let twice = try await site.send(
                "POST", "/ui/x", ["Cookie": person.cookie, "Origin": site.origin, "Origin": origin, "X-CSRF-Token": person.csrf])
            #expect(twice.status == 403, "\(twice)")
        }
    }

    @Test func `cannot pass with the token of another session, or with two`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let (ada, other) = (try await site.signIn(), try await site.signIn())
            let fields: Site.Fields = ["Cookie": ada.cookie, "Origin": site.origin]
            for tokens in [[other.csrf], [ada.csrf, ada.csrf], [ada.csrf + " "], [ada.csrf.uppercased()], [""]] where tokens != [ada.csrf + " "] {
                let answer = try await site.send("POST", "/a", Array(fields) + tokens.map { ("X-CSRF-Token", $0) })
                #expect(answer.status == 403, "\(tokens) \(answer)")
            }
            #expect(try await site.send("POST", "/a", Array(fields) + [("X-CSRF-Token", ada.csrf)]).status == 200)
        }
    }

    @Test func `counts as nobody's where a route is open`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            #expect(try await site.send("POST", "/open/x", ["Cookie": person.cookie, "Origin": site.origin]).text == "ada")
            #expect(try await site.send("POST", "/open/x", ["Cookie": person.cookie, "Origin": "https://evil.example"]).text == "nobody")
            #expect(try await site.send("POST", "/open/x", ["Cookie": person.cookie]).text == "nobody")
        }
    }

    @Test func `needs no proof where the credential is in the header`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            let foreign = try await site.send("POST", "/a", ["Authorization": person.bearer, "Origin": "https://evil.example"])
            #expect(foreign.status == 200, "\(foreign)")
            #expect(try await site.send("POST", "/a", ["Authorization": person.bearer, "Cookie": person.cookie]).status == 200)
        }
    }

    @Test func `that opens a WebSocket needs an Origin that is ours`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            let handshake = [
                (key: "Connection", value: "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ]
            for origin in ["https://evil.example", "null", nil] {
                let fields = handshake + [("Cookie", person.cookie), ("Sec-Fetch-Site", "same-origin")] + (origin.map { [("Origin", $0)] } ?? [])
                let answer = try await site.send("GET", "/ui/x", fields)
                #expect(answer.status == 403 && answer.code == "origin_refused", "\(answer)")
                #expect(try await site.send("GET", "/open/x", fields).text == "nobody")
            }
            #expect(try await site.send("GET", "/ui/x", handshake).status == 401)
            #expect(try await site.send("GET", "/ui/x", handshake + [("Cookie", person.cookie), ("Origin", site.origin)]).status == 200)
            #expect(try await site.send("GET", "/ui/x", handshake + [("Authorization", person.bearer)]).status == 200)
            let foreign = try await site.send("GET", "/ui/x", handshake + [("Authorization", person.bearer), ("Origin", "https://evil.example")])
            #expect(foreign.status == 200)
        }
    }

    @Test func `signs nobody in`() async throws {
        try await Site.with(pages: true) { site in
            let json = #"{"username":"ada","password":"\#(Site.password)"}"#
            for origin in ["https://evil.example", "null", "http://localhost:1"] {
                let login = try await site.post("/api/auth/login", json: json, ["Origin": origin])
                #expect(login.status == 403 && login.code == "csrf_failed" && login["Set-Cookie"] == nil, "\(login)")
                let page = try await site.post("/auth/sign-in", form: ["username": "ada", "password": Site.password], ["Origin": origin])
                #expect(page.status == 403 && page["Set-Cookie"] == nil, "\(page)")
                let grant: KeyValuePairs = ["grant_type": "password", "username": "ada", "password": Site.password]
                #expect(try await site.post("/api/v1/auth/token", form: grant, ["Origin": origin]).status == 403)
            }
            for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ""] {
                let answer = try await site.send("POST", "/api/auth/login", ["Content-Type": type], body: json)
                #expect(answer.status == 415 && answer.code == "unsupported_media_type", "\(type) \(answer)")
            }
            let page = try await site.send(
                "POST", "/auth/sign-in", ["Content-Type": "application/x-www-form-urlencoded"], body: "username=ada&password=x")
            #expect(page.status == 403)
        }
    }
}

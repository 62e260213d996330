import Gatehouse
import Hummingbird
import Testing

@Suite struct `The name that a request was sent to` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("a").get { _, _ in "a" }
        router.open("open").get { _, _ in "open" }
    }

    private static let navigation = (key: "Accept", value: "text/html,*/*;q=0.8")

    @Test(arguments: [
        "evil.example", "app.example.com.evil.example", "127.0.0.1", "[::1]", "app.example.com:444", "localhost", "xn--pp-xia.example.com",
    ])
    func `is ours, or a cookie and a navigation are 421`(_ host: String) async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site in
            let person = try await site.signIn()
            for path in ["/a", "/open", "/nothing"] {
                let cookie = try await site.get(path, ["Host": host, "Cookie": person.cookie])
                #expect(cookie.status == 421 && cookie.code == "misdirected_request", "\(path) \(cookie)")
                let twice = try await site.get(path, ["Host": host, "Cookie": "\(person.cookie); \(person.cookie)"])
                #expect(twice.status == 421, "\(path) \(twice)")
                let navigation = try await site.send("GET", path, [("Host", host), Self.navigation])
                #expect(navigation.status == 421 && navigation["Location"] == nil, "\(path) \(navigation)")
            }
            #expect(try await site.get("/a", ["Host": host, "Authorization": person.bearer]).text == "a")
            #expect(try await site.get("/open", ["Host": host]).text == "open")
            #expect(try await site.get("/api/healthz", ["Host": host]).status == 200)
            #expect(try await site.get("/a", ["Host": host]).status == 401)
        }
    }

    @Test(arguments: [
        "app.example.com", "APP.Example.Com", "app.example.com.", "app.example.com:443", "app.example.com:0443", "app.example.com.:443",
    ])
    func `is the same name in every spelling`(_ host: String) async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site in
            let person = try await site.signIn()
            let answer = try await site.get("/a", ["Host": host, "Cookie": person.cookie])
            #expect(answer.status == 200, "\(answer)")
            let navigation = try await site.send("GET", "/open", [("Host", host), Self.navigation])
            #expect(navigation.status == 200, "\(navigation)")
        }
    }

    @Test func `is any loopback name with the right port where there is no public URL`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for name in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "[0:0:0:0:0:0:0:1]", "localhost."] {
                let answer = try await site.get("/a", ["Host": "\(name):\(site.port)", "Cookie": person.cookie])
                #expect(answer.status == 200, "\(name) \(answer)")
                let host = "\(name):\(site.port)"
                let fields: Site.Fields = ["Host": host, "Cookie": person.cookie, "Origin": "http://\(host)", "X-CSRF-Token": person.csrf]
                let post = try await site.send("POST", "/api/auth/refresh", fields)
                #expect(post.status == 200, "\(host) \(post)")
            }
            for name in ["localhost", "localhost:1", "evil.example:\(site.port)", "127.0.0.2:\(site.port)", "localhost.evil.example:\(site.port)"] {
                #expect(try await site.get("/a", ["Host": name, "Cookie": person.cookie]).status == 421, "\(name)")
            }
        }
    }

    @Test func `is told once and in one way`() async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site async throws in
            for fields: Site.Fields in [
                ["Host": "app.example.com", "Host": "app.example.com"], ["Host": "app.example.com", "host": "evil.example"], ["Host": ""],
                ["Host": "app.example.com:x"], ["Host": "app.example.com:99999"], ["Host": "a b"], ["Host": "app.example.com/x"],
                ["Host": "user@app.example.com"], ["Host": "[::1"], ["Host": ".app.example.com"], ["Host": "%61pp.example.com"],
            ] {
                let answer = try await site.get("/open", fields)
                #expect(answer.status == 400, "\(fields) \(answer)")
            }
            #expect(try await site.get("https://evil.example/open").status == 400)
            #expect(try await site.get("https://app.example.com/open").text == "open")
            #expect(try await site.get("https://app.example.com@evil.example/open").status == 400)
            #expect(try await site.get("http:app.example.com/open").status == 400)
        }
    }

    @Test func `comes with a sentence for the operator alone`() async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site async throws in
            let answer = try await site.get("/a", ["Host": "evil.example", "Cookie": "__Host-gatehouse=x"])
            #expect(answer.status == 421 && !answer.text.contains("evil.example") && !answer.text.contains("public_url"), "\(answer)")
            #expect(site.log.lines.contains { $0.contains("evil.example") && $0.contains("server.public_url") && $0.contains("misdirected_request") })
        }
    }
}

@Suite struct `A browser without a session` {
    @Sendable private static func routes(_ router: TestRouter) throws {
        router.signedIn("a/**").get { _, _ in "a" }
        router.requiring(.anyRole("admin"), "admins").get { _, _ in "in" }
    }

    @Test func `is sent to sign in and back`() async throws {
        try await Site.with(pages: true, routes: Self.routes) { site async throws in
            for fields: Site.Fields in [
                ["Accept": "text/html"], ["Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"],
                ["Accept": "text/html", "Cookie": "gatehouse=\(String(repeating: "x", count: 43))"],
            ] {
                let answer = try await site.get("/a/b?c=d&e=%20f", fields)
                #expect(answer.status == 303 && answer["Cache-Control"] == "no-store", "\(answer)")
                #expect(answer["Location"] == "/auth/sign-in?return_to=/a/b%3Fc%3Dd%26e%3D%2520f")
            }
            #expect(try await site.get("/admins", ["Accept": "text/html"])["Location"] == "/auth/sign-in?return_to=/admins")
        }
    }

    @Test func `that does not navigate is 401`() async throws {
        try await Site.with(pages: true, routes: Self.routes) { site async throws in
            for fields: Site.Fields in [
                [:], ["Accept": "application/json"], ["Accept": "*/*"], ["Accept": "text/html", "Sec-Fetch-Mode": "cors"],
                ["Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"],
                ["Accept": "text/html", "Authorization": "Bearer x"],
            ] { #expect(try await site.get("/a/b", fields).status == 401, "\(fields)") }
            #expect(try await site.send("HEAD", "/a/b", ["Accept": "text/html"]).status == 401)
            #expect(try await site.get("/nothing", ["Accept": "text/html"]).status == 404)
            #expect(try await site.get("/api/nothing", ["Accept": "text/html"]).status == 401)
        }
    }

    @Test func `that is signed in without the right gets 403`() async throws {
        try await Site.with(pages: true, routes: Self.routes) { site in
            let person = try await site.signIn()
            let answer = try await site.get("/admins", ["Accept": "text/html", "Cookie": person.cookie])
            #expect(answer.status == 403 && answer["Location"] == nil && answer.text.contains("You may not do this."), "\(answer)")
        }
    }

    @Test func `gets 401 where there are no pages`() async throws {
        try await Site.with(routes: Self.routes) { site async throws in
            #expect(try await site.get("/a/b", ["Accept": "text/html"]).status == 401)
        }
    }
}

import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

@Suite struct `The sign-in page` {
    private func signIn(_ site: Site, _ returnTo: String? = nil, password: String = Site.password, name: String = "ada") async throws -> Answer {
        guard let returnTo else { return try await site.post("/auth/sign-in", form: ["username": name, "password": password]) }
        return try await site.post("/auth/sign-in", form: ["return_to": returnTo, "username": name, "password": password])
    }

    @Test func `is plain HTML with labels, strict headers and nothing to run`() async throws {
        try await Site.with(Site.publicURL, pages: true) { site in
            for path in ["/auth/sign-in", "/auth/password", "/"] {
                let page = try await site.get(path, ["Accept": "text/html"])
                #expect(page.status == 200 && page["Content-Type"] == "text/html; charset=utf-8" && page["Cache-Control"] == "no-store")
                #expect(
                    page["Content-Security-Policy"]
                        == "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
                #expect(page["X-Frame-Options"] == "DENY" && page["Referrer-Policy"] == "same-origin")
                let text = page.text.lowercased()
                for bad in ["<script", "javascript:", "http://", "https://", "style="] { #expect(!text.contains(bad), "\(path) \(bad)") }
                #expect(text.ranges(of: /\son[a-z]+=/).isEmpty, "\(path)")
                #expect(page.text.hasPrefix("<!doctype html>") && page.text.contains("<html lang=\"en\">") && page.text.contains("<main>"))
                for input in page.text.matches(of: /<input id="([a-z]+)"/) { #expect(page.text.contains("<label for=\"\(input.output.1)\">")) }
            }
            let style = try await site.get("/auth/style.css")
            #expect(style.status == 200 && style["Content-Type"] == "text/css; charset=utf-8" && style["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test func `signs in with a form and goes where the person wanted to`() async throws {
        try await Site.with(pages: true) { site in
            for (place, expected) in [(nil, "/"), ("/orders/7?a=b%20c", "/orders/7?a=b%20c"), ("/", "/"), ("", "/")] {
                let answer = try await signIn(site, place)
                #expect(answer.status == 303 && answer["Location"] == expected && answer["Cache-Control"] == "no-store", "\(answer)")
                let cookie = try #require(answer.cookie)
                #expect(try await site.isSignedIn(cookie: cookie))
            }
            #expect(try await signIn(site, nil, name: "ADA@example.com").status == 303)
        }
    }

    @Test(arguments: [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
        "javascript:alert(1)",
        "/%2Fevil.example", "/%5Cevil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " /x", "/.//evil.example", "/x/..//evil",
        "/..//evil.example", "evil.example", "@evil.example", "/a#b", "//%65vil", "/\u{FF0F}evil.example", "/\u{3002}", "http://127.0.0.1",
        "/a\r\nSet-Cookie: x=y", "/a//b", "data:text/html,x", "?x", "/\u{0}",
    ])
    func `follows nothing that leaves this origin`(_ place: String) async throws {
        try await Site.with(pages: true) { site in
            let answer = try await signIn(site, place)
            #expect(answer.status == 303 && answer["Location"] == "/", "\(answer)")
            #expect(answer.fields.filter { $0.name.lowercased() == "set-cookie" }.count == 1)
            let page = try await site.get("/auth/sign-in?return_to=\(Site.escaped(place))")
            #expect(page.formValue("return_to") == "", "\(page)")
            let cookie = try #require(answer.cookie)
            #expect(try await site.get("/auth/sign-in?return_to=\(Site.escaped(place))", ["Cookie": cookie])["Location"] == "/")
        }
    }

    @Test func `keeps the place through a wrong password and tells that in place`() async throws {
        try await Site.with(pages: true) { site in
            let page = try await site.get("/auth/sign-in?return_to=/a%3Fb%3D%22c")
            #expect(page.formValue("return_to") == "/a?b=&quot;c" || page.formValue("return_to") == "", "\(page)")
            let wrong = try await signIn(site, "/a?b=c", password: "wrong")
            #expect(wrong.status == 401 && wrong["Set-Cookie"] == nil && wrong.text.contains("role=\"alert\""), "\(wrong)")
            #expect(wrong.text.contains("The name or the password is wrong.") && wrong.formValue("return_to") == "/a?b=c")
            #expect(wrong.formValue("username") == "ada" && !wrong.text.contains("value=\"wrong\""))
            #expect(wrong.all("Content-Security-Policy").count == 1)
            for _ in 0..<6 { _ = try await signIn(site, password: "wrong") }
            let slow = try await signIn(site)
            #expect(slow.status == 429 && slow["Retry-After"] != nil && slow.text.contains("Too many attempts"), "\(slow)")
        }
    }

    @Test(arguments: ["\"><script>alert(1)</script>", "' autofocus onfocus='x", "</title><b>", "{{site}}{{{csrf}}}", "&amp;<>\"'`="])
    func `writes names so that they stay text`(_ name: String) async throws {
        try await Site.with(pages: true) { site in
            let page = try await signIn(site, password: "wrong", name: name)
            #expect(page.status == 401 && page.text.contains(name) == (name == "{{site}}{{{csrf}}}"), "\(page)")
            #expect(!page.text.contains("<script") && !page.text.contains("<b>") && page.text.components("value=\"") == 2)
            let user = try await site.gate.accounts.users.create(
                NewUser(username: "mallory", name: name, password: Secret(Site.password)))
            let cookie = try #require(try await signIn(site, name: user.username).cookie)
            for path in ["/", "/auth/sign-out", "/auth/password"] {
                let page = try await site.get(path, ["Cookie": cookie])
                #expect(page.status == 200 && !page.text.contains("<script") && !page.text.contains("<b>"), "\(path) \(page)")
            }
        }
    }

    @Test func `takes only forms that a page of ours sent`() async throws {
        try await Site.with(pages: true) { site in
            let form = [(key: "Content-Type", value: "application/x-www-form-urlencoded")]
            let body = "username=ada&password=\(Site.escaped(Site.password))"
            for fields in [
                [], [(key: "Origin", value: "null")], [(key: "Origin", value: "https://evil.example")], [(key: "Sec-Fetch-Site", value: "none")],
            ] {
                for path in ["/auth/sign-in", "/auth/sign-out", "/auth/password"] {
                    let answer = try await site.send("POST", path, form + fields, body: body)
                    #expect(answer.status == 403 && answer.code == "csrf_failed" && answer["Set-Cookie"] == nil, "\(path) \(fields) \(answer)")
                }
            }
            let honest = try await site.send("POST", "/auth/sign-in", form + [(key: "Sec-Fetch-Site", value: "same-origin")], body: body)
            #expect(honest.status == 303)
            #expect(try await site.send("POST", "/auth/sign-in", ["Origin": site.origin, "Content-Type": "text/plain"], body: body).status == 415)
            let twice = try await site.post("/auth/sign-in", form: ["username": "ada", "username": "ada", "password": "x"])
            #expect(twice.status == 400, "\(twice)")
        }
    }

    @Test func `is not shown to somebody who is signed in, and gives a new session with each sign-in`() async throws {
        try await Site.with(pages: true) { site async throws in
            let first = try #require(try await signIn(site).cookie)
            #expect(try await site.get("/auth/sign-in?return_to=/x", ["Cookie": first])["Location"] == "/x")
            let again = try await site.post("/auth/sign-in", form: ["username": "ada", "password": Site.password], ["Cookie": first])
            let second = try #require(again.cookie)
            #expect(second != first)
            #expect(try await !site.isSignedIn(cookie: first))
            #expect(try await site.isSignedIn(cookie: second))
        }
    }

    @Test func `leaves what is under its path and nobody's to nobody`() async throws {
        try await Site.with(
            pages: true,
            routes: { router in
                router.forward("ui", requiring: .public, address: "ui") { _, _, _ in .init(status: .ok) }
            }
        ) { site async throws in
            for path in ["/auth", "/auth/", "/auth/nothing", "/auth/sign-in/x"] {
                #expect(try await site.get(path).status == 404, "\(path)")
            }
            #expect(try await site.send("DELETE", "/auth/sign-in")["Allow"] == "GET, HEAD, POST")
            for path in ["/AUTH/sign-in", "/auth//sign-in", "/auth/Sign-In", "/auth%2Fsign-in"] {
                #expect(try await site.get(path).status == 400, "\(path)")
            }
        }
    }
}

extension String {
    /// How often `part` stands in the text.
    func components(_ part: String) -> Int { ranges(of: part).count }
}

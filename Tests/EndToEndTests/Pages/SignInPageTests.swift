import Testing

extension BrowserTests {
    @Test func `signing in and out works without JavaScript`() async throws {
        let page = "<!doctype html><title>first</title><noscript>no script here</noscript><script>document.title = 'ran'</script>"
        try await Upstream.run(answer: { _, wire in try await wire.answer(page, type: "text/html") }) { upstream in
            try await Folder.run { folder in
                try await Gateway.run(["--ui", "http://127.0.0.1:\(upstream)"], in: folder, environment: Gateway.withAdmin) { gateway in
                    try await Browser.run(javaScript: false) { browser in
                        try await browser.open(gateway.url + "/reports?of=today")
                        try await browser.submitSignIn("admin", Gateway.password)
                        #expect(try await browser.arrives(at: "/reports"))
                        #expect(try await browser.read() == "no script here")
                        #expect(try await browser.title() == "first")
                        try await browser.open(gateway.url + "/auth/sign-out")
                        try await browser.click("button[type=submit]")
                        #expect(try await browser.arrives(at: "/auth/sign-in"))
                    }
                }
            }
        }
    }

    @Test func `the sign-in page tells assistive technology what each field is and what went wrong`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                try await Browser.run { browser in
                    try await browser.open(gateway.url + "/auth/sign-in")
                    #expect(try await browser.attribute("lang", of: "html") == "en")
                    #expect(try await browser.title().hasPrefix("Sign in"))
                    #expect(try await browser.elements("h1").count == 1)
                    #expect(try await browser.elements("main").count == 1)
                    let fields = try await browser.elements("input:not([type=hidden]), button")
                    var names: [String] = []
                    for field in fields { names.append(try await browser.accessibleName(field)) }
                    #expect(names == ["User name or e-mail", "Password", "Sign in"])
                    #expect(try await browser.attribute("autocomplete", of: "input[name=password]") == "current-password")

                    try await browser.submitSignIn("nobody", gateway.secrets.note("not-the-password-4714"))
                    #expect(try await browser.shows("The name or the password is wrong."))
                    #expect(try await browser.accessibleRole(try await browser.element(".alert")) == "alert")
                }
            }
        }
    }

    @Test func `the first administrator's random password has to be changed on the page`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder) { gateway in
                #expect(folder.permissions(of: "admin-password") == 0o600)
                #expect(gateway.log.contains("admin-password"))
                let random = try #require(folder.text(of: "admin-password")?.split(separator: "\n").first.map(String.init))
                gateway.secrets.note(random)
                let refused = try await gateway.tryToSignIn("admin", random)
                #expect(refused.status == 403)
                #expect(refused.json("code") == "password_change_required")
                try await Browser.run { browser in
                    try await browser.open(gateway.url + "/auth/sign-in")
                    try await browser.submitSignIn("admin", random)
                    #expect(try await browser.shows("Choose a new password"))
                    #expect(try await browser.cookies()["gatehouse"] == nil)
                    try await browser.type(random, into: "input[name=password]")
                    try await browser.type(gateway.secrets.note("a-better-password-4713"), into: "input[name=new_password]")
                    try await browser.type("a-better-password-4713", into: "input[name=again]")
                    try await browser.click("button[type=submit]")
                    #expect(try await browser.shows("You are signed in as Administrator."), "\(gateway.log)")
                }
                #expect(await soon { folder.permissions(of: "admin-password") == nil })
                #expect(try await gateway.tryToSignIn("admin", random).status == 401)
                #expect(try await gateway.tryToSignIn("admin", "a-better-password-4713").status == 200)
            }
        }
    }
}

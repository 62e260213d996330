import Testing

extension BrowserTests {
    /// The main job: a person signs in in a browser and works in a real Streamlit app.
    @Test func `a person signs in, works in Streamlit as themselves and signs out`() async throws {
        let command = try await Streamlit.command()
        try await Folder.run { folder in
            try await Gateway.run(["--ui", command], in: folder, environment: Gateway.withAdmin) { gateway in
                try await Browser.run { browser in
                    try await signIn(browser, gateway)
                    try await work(browser, gateway)
                    try await signOut(browser, gateway)
                }
            }
        }
    }

    private func signIn(_ browser: Browser, _ gateway: Gateway) async throws {
        try await browser.runFirst(Self.countSockets)
        try await browser.open(gateway.url + "/")
        #expect(try await browser.place() == "/auth/sign-in")
        try await browser.keepPicture("sign-in")

        try await browser.submitSignIn("admin", gateway.secrets.note("not-the-password-4714"))
        #expect(try await browser.shows("The name or the password is wrong."))
        #expect(try await browser.cookies()["gatehouse"] == nil)
        try await browser.open(gateway.url + "/")
        #expect(try await browser.place() == "/auth/sign-in")

        try await browser.submitSignIn("admin", Gateway.password)
        #expect(try await browser.arrives(at: "/"))
    }

    private func work(_ browser: Browser, _ gateway: Gateway) async throws {
        #expect(try await browser.shows("Signed in as admin (roles: admin)."), "\(gateway.log)")
        #expect(try await browser.shows("API says: you are admin, call 1."), "\(gateway.log)")
        try await browser.click("[data-testid=stButton] button")
        #expect(try await browser.shows("API says: you are admin, call 2."), "\(gateway.log)")
        try await browser.keepPicture("streamlit")
    }

    private func signOut(_ browser: Browser, _ gateway: Gateway) async throws {
        let cookie = gateway.secrets.note(try #require(try await browser.cookies()["gatehouse"]))
        let fields = ["Cookie": "gatehouse=\(cookie)"]
        #expect(try await gateway.me(fields) == 200)
        #expect(try await browser.openSockets() == 1)

        let page = try await browser.openTab()
        try await browser.open(gateway.url + "/auth/sign-out")
        gateway.secrets.note(try await browser.attribute("value", of: "input[name=csrf_token]"))
        try await browser.click("button[type=submit]")
        #expect(try await browser.arrives(at: "/auth/sign-in"))
        #expect(try await browser.cookies()["gatehouse"] == nil)
        #expect(try await gateway.me(fields) == 401)

        try await browser.show(tab: page)
        #expect(try await soon(within: .seconds(5)) { try await browser.openSockets() == 0 })
        try await browser.open(gateway.url + "/")
        #expect(try await browser.place() == "/auth/sign-in")
        #expect(try await gateway.get("/", fields.merging(["Accept": "text/html"]) { $1 })["Location"]?.hasPrefix("/auth/sign-in") == true)
    }

    private static let countSockets = """
        window.sockets = [];
        window.WebSocket = class extends window.WebSocket {
            constructor(...words) { super(...words); window.sockets.push(this) }
        };
        """
}

extension Browser {
    func submitSignIn(_ username: String, _ password: String) async throws {
        try await type(username, into: "input[name=username]")
        try await type(password, into: "input[name=password]")
        try await click("button[type=submit]")
    }

    /// How many WebSockets of the page are open.
    func openSockets() async throws -> Int {
        try await run("return window.sockets.filter(socket => socket.readyState === WebSocket.OPEN).length") as? Int ?? 0
    }
}

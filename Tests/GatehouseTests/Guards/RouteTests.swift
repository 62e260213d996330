import Gatehouse
import HTTPTypes
import Hummingbird
import Testing

@Suite struct `A guarded route` {
    /// Says what reached it.
    @Sendable private static func routes(_ router: TestRouter) throws {
        let orders = router.signedIn("api/orders")
        orders.get { _, context in "orders of \(context.principal.username)" }.post { _, _ in "made" }.put("all") { _, _ in "put" }
        orders.get(":id") { _, context in "order \(context.parameters.get("id") ?? "-")" }
        orders.requiring(.permission("orders.read")).get("secret") { _, context in "secret of \(context.principal.username)" }
        orders.group("deep").requiring(.anyRole("admin")).requiring(.recent(within: .seconds(60))).get { _, _ in "deep" }
        router.requiring(.tenant("tenant"), "t/{tenant}").get { _, context in "tenant \(context.parameters.get("tenant") ?? "-")" }
        router.open("open").get { _, context in "open to \(context.identity.principal?.username ?? "nobody")" }
        router.forward("", requiring: .signedIn, address: "ui") { authorized, _, _ in
            Response(status: .ok, body: .init(byteBuffer: .init(string: "ui \(authorized.request.target)")))
        }
        router.forward("public", requiring: .public, address: "public ui") { authorized, _, _ in
            Response(status: .ok, body: .init(byteBuffer: .init(string: "public ui \(authorized.request.target)")))
        }
    }

    @Test func `wants somebody and then knows who`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            #expect(try await site.get("/api/orders").status == 401)
            #expect(try await site.get("/api/orders", ["Cookie": person.cookie]).text == "orders of ada")
            #expect(try await site.get("/api/orders", ["Authorization": person.bearer]).text == "orders of ada")
            #expect(try await site.get("/open").text == "open to nobody")
            #expect(try await site.get("/open", ["Authorization": person.bearer]).text == "open to ada")
        }
    }

    @Test func `asks for everything that its groups ask for`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let (ada, admin) = (try await site.signIn(), try await site.signIn("admin"))
            #expect(try await site.get("/api/orders/secret").status == 401)
            let refused = try await site.get("/api/orders/secret", ["Authorization": ada.bearer])
            #expect(refused.status == 403 && refused.code == "forbidden", "\(refused)")
            #expect(try await site.get("/api/orders/secret", ["Authorization": admin.bearer]).text == "secret of admin")
            #expect(try await site.get("/api/orders/deep", ["Authorization": ada.bearer]).status == 403)
            #expect(try await site.get("/api/orders/deep", ["Authorization": admin.bearer]).text == "deep")
            site.clock.advance(.seconds(61))
            let stale = try await site.get("/api/orders/deep", ["Authorization": admin.bearer])
            #expect(stale.status == 403 && stale.code == "reauthentication_required", "\(stale)")
        }
    }

    @Test func `answers HEAD as GET, without a body`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            let refused = try await site.send("HEAD", "/api/orders")
            #expect(refused.status == 401 && refused["WWW-Authenticate"] == "Bearer")
            let answer = try await site.send("HEAD", "/api/orders", ["Authorization": person.bearer])
            #expect(answer.status == 200 && answer["Content-Length"] == "13", "\(answer)")
            #expect(try await site.send("HEAD", "/api/orders/secret", ["Authorization": person.bearer]).status == 403)
        }
    }

    @Test func `tells its methods only to those who are somebody`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for method in ["DELETE", "TRACE", "PROPFIND", "PATCH", "OPTIONS"] {
                let unknown = try await site.send(method, "/api/orders")
                #expect(unknown.status == 401 && unknown["Allow"] == nil, "\(unknown)")
                let known = try await site.send(method, "/api/orders", ["Authorization": person.bearer])
                #expect(known.status == 405 && known.code == "method_not_allowed" && known["Allow"] == "GET, HEAD, POST", "\(known)")
            }
            let open = try await site.get("/api/auth/login")
            #expect(open.status == 405 && open["Allow"] == "POST", "\(open)")
        }
    }

    @Test(arguments: ["/api", "/api/", "/api/nothing", "/api/v1/auth/me/x", "/api/v1", "/api/auth"])
    func `that nobody made never reaches a UI`(_ path: String) async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for method in ["GET", "POST", "OPTIONS", "HEAD"] {
                let unknown = try await site.send(method, path)
                #expect(unknown.status == 401, "\(method) \(unknown)")
                let known = try await site.send(method, path, ["Authorization": person.bearer])
                #expect(known.status == 404 && !known.text.contains("ui /"), "\(method) \(known)")
            }
            let browser = try await site.get(path, ["Accept": "text/html", "Cookie": person.cookie])
            #expect(browser.status == 404 && browser.text.hasPrefix("<!doctype html>"), "\(browser)")
        }
    }

    @Test func `does not answer a preflight that no setting allows`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let fields: Site.Fields = ["Origin": "https://other.example", "Access-Control-Request-Method": "GET"]
            for path in ["/api/orders", "/api/orders/7", "/x", "/api/v1/auth/me"] {
                let answer = try await site.send("OPTIONS", path, fields)
                #expect(answer.status == 403 && answer.code == "origin_refused", "\(path) \(answer)")
                #expect(answer["Access-Control-Allow-Origin"] == nil && !answer.text.contains("ui /"))
            }
            let person = try await site.signIn()
            let known = try await site.send("OPTIONS", "/x", ["Authorization": person.bearer, "Access-Control-Request-Method": "GET"])
            #expect(known.status == 403, "\(known)")
            #expect(try await site.send("OPTIONS", "/public/x", fields).text == "public ui /public/x")
        }
    }

    @Test(arguments: [
        "/public/../api/orders", "/public/%2e%2e/api/orders", "/public/%2e%2e%2fapi/orders", "/public/%252e%252e/api/orders",
        "/public/..;/api/orders", "/public/..;x=1/x", "/public\\..\\api", "/./api/orders", "/public/%c0%ae%c0%ae/x", "/public/%5c..%5cx",
        "/public/%00", "/public/x%23/y", "/public/%", "/public/%zz", "/public/%0d%0aX:y",
    ])
    func `is not reached through a path without an honest use`(_ path: String) async throws {
        try await Site.with(routes: Self.routes) { site in
            let answer = try await site.get(path)
            #expect(answer.status == 400 && !answer.text.contains("ui /"), "\(path) \(answer)")
        }
    }

    @Test(arguments: [
        "//api/orders", "///api/orders", "/API/orders", "/api/ORDERS", "/api%2Forders", "/api//orders", "/api;x/orders", "/api/orders;x",
        "/public%2Fx", "/PUBLIC/x", "//public/x", "/public;x/y", "/%2Fapi/orders", "/api/auth/LOGIN", "/api%252Forders", "/api%3Fx",
        "/T/default", "/open;x", "/Open", "/AUTH/../x", "/.WELL-KNOWN/jwks.json",
    ])
    func `is not decided on under a path that could mean another`(_ path: String) async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            for fields: Site.Fields in [[:], ["Authorization": person.bearer]] {
                let answer = try await site.get(path, fields)
                #expect(answer.status == 400 && answer.code != nil && !answer.text.contains("ui /"), "\(path) \(answer)")
            }
        }
    }

    @Test func `takes the same answer with a slash at the end, and its parameters from the bytes as sent`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let person = try await site.signIn()
            let fields: Site.Fields = ["Authorization": person.bearer]
            #expect(try await site.get("/api/orders/", fields).text == "orders of ada")
            #expect(try await site.get("/api/orders/7/", fields).text == "order 7")
            #expect(try await site.get("/api/orders/A%20b", fields).text == "order A b")
            #expect(try await site.get("/api/orders/%2541", fields).text == "order %41")
            #expect(try await site.get("/public/A%20b?x=%2e%2e/&y=//", fields).text == "public ui /public/A%20b?x=%2e%2e/&y=//")
            #expect(try await site.get("/t/default", fields).text == "tenant default")
            #expect(try await site.get("/t/Default", fields).status == 403)
            #expect(try await site.get("/t/other", fields).status == 403)
            #expect(try await site.get("/t/default;x", fields).status == 400)
        }
    }

    @Test func `sees through none of the headers that name another path`() async throws {
        try await Site.with(routes: Self.routes) { site in
            for name in ["X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-Uri", "X-HTTP-Method-Override"] {
                let answer = try await site.send("GET", "/api/orders", [(name, "/public/ok"), ("User-Agent", "GoogleHC/1.0")])
                #expect(answer.status == 401, "\(name)")
            }
            #expect(try await site.get("/api/orders?x=/public/").status == 401)
        }
    }

    @Test func `is guarded whatever middleware does, and middleware runs behind the guard`() async throws {
        struct Stamp<Context: RequestContext>: RouterMiddleware {
            func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
                var response = try await next(request, context)
                response.headers[HTTPField.Name("X-Stamp")!] = "yes"
                return response
            }
        }
        try await Site.with(routes: { router in
            router.add(middleware: Stamp())
            router.signedIn("a").add(middleware: Stamp()).get { _, _ in "a" }
        }) { site in
            let person = try await site.signIn()
            let refused = try await site.get("/a")
            #expect(refused.status == 401 && refused["X-Stamp"] == nil, "\(refused)")
            #expect(try await site.get("/a", ["Authorization": person.bearer])["X-Stamp"] == "yes")
        }
    }
}

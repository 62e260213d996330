import Gatehouse
import Hummingbird
import Testing

@Suite struct `A request's id` {
    @Test func `is the client's own where it is fit for a log`() async throws {
        try await Site.with { site in
            for id in ["a", "req-1.2_3", String(repeating: "x", count: 128)] {
                let answer = try await site.get("/api/v1/auth/me", ["X-Request-ID": id])
                #expect(answer["X-Request-ID"] == id && answer.json("request_id") == id, "\(answer)")
                #expect(site.log.lines.contains { $0.contains("gate.request_id=\(id)") && $0.contains("gate.code=sign_in_required") })
            }
            #expect(try await site.get("/api/healthz", ["X-Request-ID": "mine"])["X-Request-ID"] == "mine")
        }
    }

    @Test func `is made where the client's is not fit`() async throws {
        try await Site.with { site in
            for id in ["", "a b", "ü", String(repeating: "x", count: 129), "<script>", "a\tb", "a/b", "a\"b"] {
                let answer = try await site.get("/api/v1/auth/me", ["X-Request-ID": id])
                let made = try #require(answer["X-Request-ID"])
                #expect(made != id && made.wholeMatch(of: /[A-Za-z0-9._-]+/) != nil && answer.json("request_id") == made, "\(answer)")
            }
            let twice = try await site.get("/api/healthz", ["X-Request-ID": "one", "X-Request-ID": "two"])
            #expect(twice.all("X-Request-ID").count == 1 && !["one", "two"].contains(twice["X-Request-ID"] ?? ""))
        }
    }

    @Test func `is another for each request, and stands on every kind of answer`() async throws {
        try await Site.with(pages: true, routes: { $0.signedIn("a").get { _, _ in "a" } }) { site in
            var seen: Set<String> = []
            for path in ["/api/healthz", "/api/nothing", "/nothing", "/a", "/auth/sign-in", "/auth/style.css", "//x%zz", "/.well-known/jwks.json"] {
                for fields: Site.Fields in [[:], ["Accept": "text/html"]] {
                    seen.insert(try #require(try await site.get(path, fields)["X-Request-ID"]))
                }
            }
            #expect(seen.count == 16)
        }
    }
}

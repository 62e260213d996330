import Foundation
import Gatehouse
import Hummingbird
import Testing

@Suite struct `An error that a client sees` {
    private struct Broken: Error, CustomStringConvertible {
        let description = "the inner secret"
    }

    @Sendable private static func routes(_ router: TestRouter) throws {
        let group = router.open("fail")
        group.get("own") { _, _ -> String in
            throw GatehouseError(.conflict, "the operator's words", cause: Broken(), retryAfter: .milliseconds(1200))
        }
        group.get("fields") { _, _ -> String in
            throw GatehouseError(
                .validationFailed, "the operator's words", fields: [FieldError(field: "name", code: "too_long", message: "Use fewer characters.")])
        }
        group.get("scope") { _, _ -> String in
            throw GatehouseError(.insufficientScope, "the operator's words", requiredScopes: ["orders.read", "orders.write"])
        }
        group.get("other") { _, _ -> String in throw Broken() }
        group.get("upstream") { _, _ -> String in throw GatehouseError(.upstreamTimeout, "the operator's words") }
        group.get("with-fields") { _, _ -> String in
            throw HTTPError(
                .serviceUnavailable,
                headers: [.retryAfter: "7", .contentType: "text/plain", .cacheControl: "public", .strictTransportSecurity: "max-age=0", .eTag: "x"])
        }
        for status in [302, 400, 401, 403, 404, 406, 408, 409, 410, 412, 413, 415, 418, 422, 423, 428, 429, 451, 500, 501, 503, 507, 599, 600] {
            group.get("http/\(status)") { _, _ -> String in throw HTTPError(.init(code: status), message: "the handler's words") }
        }
        router.signedIn("a").get { _, _ in "a" }
    }

    @Test func `is problem details with a fixed sentence`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let answer = try await site.get("/fail/own")
            #expect(answer.status == 409 && answer["Content-Type"] == "application/problem+json" && answer["Cache-Control"] == "no-store")
            #expect(answer.keys == ["type", "title", "status", "code", "detail", "request_id"], "\(answer)")
            #expect(answer.json("type") == "about:blank" && answer.json("title") == "Conflict" && answer.number("status") == 409)
            #expect(answer.code == "conflict" && answer.json("request_id") == answer["X-Request-ID"] && answer["Retry-After"] == "2")
            #expect(!answer.text.contains("words") && !answer.text.contains("secret"))
        }
    }

    @Test func `names fields, scopes and the upstream where they are at fault`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let fields = try await site.get("/fail/fields")
            #expect(fields.status == 422 && fields.objects("errors") == [["field": "name", "code": "too_long", "message": "Use fewer characters."]])
            let scope = try await site.get("/fail/scope")
            #expect(scope["WWW-Authenticate"] == #"Bearer error="insufficient_scope", scope="orders.read orders.write""#, "\(scope)")
            let upstream = try await site.get("/fail/upstream")
            #expect(upstream.status == 504 && upstream["Gatehouse-Error"] == "upstream")
            #expect(try await site.get("/fail/own")["Gatehouse-Error"] == nil)
        }
    }

    @Test func `is a small page where the client takes HTML`() async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site in
            let answer = try await site.get("/fail/own", ["Accept": "text/html,*/*"])
            #expect(answer.status == 409 && answer["Content-Type"] == "text/html; charset=utf-8")
            #expect(answer.text.contains("conflict · \(answer["X-Request-ID"] ?? "?")") && answer.text.contains("<html lang=\"en\">"))
            #expect(!answer.text.contains("words") && !answer.text.contains("secret"))
            let policy = try #require(answer["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
            let style = try #require(answer.text.firstMatch(of: /<style>(.*)<\/style>/)).output.1
            let hash = Data(SHA256Digest(hashing: String(style)).bytes).base64EncodedString()
            #expect(policy.contains("style-src 'sha256-\(hash)';"))
        }
    }

    @Test func `carries our headers whatever it is`() async throws {
        try await Site.with(Site.publicURL, pages: true, routes: Self.routes) { site in
            for path in ["/fail/own", "/fail/other", "/a", "/nothing", "/api/nothing", "/x%zz", "/api/healthz", "/auth/sign-in", "/auth/style.css"] {
                for method in ["GET", "HEAD", "POST"] {
                    let answer = try await site.send(method, path)
                    #expect(answer["X-Content-Type-Options"] == "nosniff", "\(method) \(path)")
                    #expect(answer["Strict-Transport-Security"] == "max-age=31536000" && answer["X-Request-ID"] != nil, "\(method) \(path)")
                    if method == "HEAD" { #expect(answer.body.isEmpty) }
                }
            }
        }
    }

    @Test func `says nothing of what a handler threw, and keeps its status where it has one`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let other = try await site.get("/fail/other")
            #expect(other.status == 500 && other.code == "internal_error" && !other.text.contains("secret"), "\(other)")
            #expect(site.log.lines.contains { $0.contains("gate.code=internal_error") && $0.contains(other["X-Request-ID"] ?? "?") })
            for (status, code) in [
                (400, "malformed_request"), (401, "sign_in_required"), (403, "forbidden"), (404, "not_found"), (409, "conflict"),
                (413, "request_too_large"), (415, "unsupported_media_type"), (422, "validation_failed"), (429, "too_many_attempts"),
                (500, "internal_error"), (503, "server_busy"),
            ] {
                let answer = try await site.get("/fail/http/\(status)")
                #expect(answer.status == status && answer.code == code && !answer.text.contains("words"), "\(answer)")
            }
            for status in [406, 408, 412, 418, 423, 428, 451] {
                let answer = try await site.get("/fail/http/\(status)")
                #expect(answer.status == status && answer.code == "malformed_request" && answer.number("status") == status, "\(answer)")
                #expect(answer.json("title")?.isEmpty == false && !answer.text.contains("words"), "\(answer)")
            }
            let gone = try await site.get("/fail/http/410")
            #expect(gone.status == 410 && gone.code == "not_found", "\(gone)")
            for (status, seen) in [(501, 501), (507, 507), (599, 599), (302, 500), (600, 500)] {
                let answer = try await site.get("/fail/http/\(status)")
                #expect(answer.status == seen && answer.code == "internal_error", "\(answer)")
            }
        }
    }

    @Test func `keeps the fields of what a handler threw, unless they are ours`() async throws {
        try await Site.with(Site.publicURL, routes: Self.routes) { site in
            let answer = try await site.get("/fail/with-fields")
            #expect(answer.status == 503 && answer["Retry-After"] == "7" && answer["ETag"] == "x", "\(answer)")
            #expect(answer["Content-Type"] == "application/problem+json" && answer["Cache-Control"] == "no-store", "\(answer)")
            #expect(answer["Strict-Transport-Security"] == "max-age=31536000" && answer.code == "server_busy", "\(answer)")
        }
    }

    @Test func `looks the same where the connection refuses before there is a request`() async throws {
        try await Site.with(Site.publicURL) { site in
            let id = try #require(try await site.get("/nothing")["X-Request-ID"])
            for (request, status, code) in [
                ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "malformed_request"),
                ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 40_000))\r\n\r\n", 431, "headers_too_large"),
            ] {
                let port = site.port
                let answer = try await blocking {
                    let wire = try Wire(port: port)
                    try wire.send(request)
                    return try wire.readAnswer()
                }
                #expect(answer.status == status && answer.code == code, "\(answer)")
                #expect(answer["X-Content-Type-Options"] == "nosniff" && answer["Strict-Transport-Security"] == "max-age=31536000", "\(answer)")
                let own = try #require(answer["X-Request-ID"])
                #expect(own == answer.json("request_id") && own != id && own.split(separator: "-").first == id.split(separator: "-").first)
                let lines = site.log.lines.filter { $0.contains(own) }
                #expect(lines.count == 1 && lines[0].contains("gate.code=\(code)"), "\(lines)")
            }
        }
    }

    @Test func `is one log line with code and request id`() async throws {
        try await Site.with(routes: Self.routes) { site in
            let answer = try await site.get("/a?token=in-the-query", ["Authorization": "Bearer in-the-header", "Cookie": "gatehouse=in-the-cookie"])
            let id = try #require(answer["X-Request-ID"])
            let lines = site.log.lines.filter { $0.contains(id) }
            #expect(lines.count == 1 && lines[0].contains("gate.code=invalid_token") && lines[0].contains("gate.path=/a"), "\(lines)")
            #expect(!site.log.lines.contains { $0.contains("in-the-") })
            _ = try await site.get("/a", ["Authorization": "in-the-scheme x"])
            #expect(!site.log.lines.contains { $0.contains("in-the-scheme") })
        }
    }
}

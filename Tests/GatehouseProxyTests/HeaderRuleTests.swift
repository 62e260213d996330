import GatehouseCore
import GatehouseProxy
import Testing

/// What passes between client and upstream, and what does not.
@Suite(.bothWays) struct HeaderRuleTests {
    private func seen(
        _ fields: String, as principal: Principal? = nil, isPeerTrusted: Bool = false, adjust: (Upstream) -> Upstream = { $0 }
    ) async throws -> Message {
        let upstream = try TestUpstream { _ in ok() }
        let status = try await withGateway(to: upstream, as: principal, isPeerTrusted: isPeerTrusted, adjust: adjust) { client in
            try client.send("GET / HTTP/1.1\r\nHost: app.example.com\r\n\(fields)\r\n")
            return try client.readMessage().status
        }
        #expect(status == 200)
        return try #require(upstream.seen.first)
    }

    private func received(_ fields: String) async throws -> Message {
        let upstream = try TestUpstream { _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(fields)\r\n" }
        return try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readMessage()
        }
    }

    @Test func `identity headers of a client are stripped in every spelling`() async throws {
        let names = [
            "X-Forwarded-User", "x-forwarded-user", "X_Forwarded_User", "x-forwarded_user", "X.Forwarded.User", "X_FORWARDED_GROUPS",
            "X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Auth-Request-User", "x_auth_request_email", "X-Remote-User", "X_Remote_User",
            "Remote-User", "REMOTE_USER", "Remote.Groups", "X-WEBAUTH-USER", "X_WebAuth_User", "Gatehouse-Identity", "gatehouse_identity",
            "X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X_Rewrite_Url", "X-Real-IP", "X_Real_IP", "Forwarded", "X-Request-ID",
            "X-Forwarded-Tenant", "x_forwarded_tenant", "X.FORWARDED.TENANT", "X!Forwarded~User",
        ]
        let message = try await seen(names.map { "\($0): evil\r\n\($0): evil2\r\n" }.joined() + "X-Mine: kept\r\n")
        #expect(!message.head.contains("evil"))
        #expect(message["x-mine"] == "kept")
        #expect(message.all("x-request-id") == ["request-1"])
    }

    @Test func `no other method than the one that was decided on can be asked for`() async throws {
        let names = [
            "X-HTTP-Method-Override", "x_http_method_override", "X.HTTP_Method-Override", "X-HTTP-Method", "X_Http_Method", "X-Method-Override",
            "x_method_override",
        ]
        let message = try await seen(names.map { "\($0): DELETE\r\n" }.joined())
        #expect(!message.head.contains("DELETE"))
    }

    @Test func `who asked for what is said by us alone`() async throws {
        let message = try await seen(
            "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 1\r\nForwarded: for=1.1.1.1\r\n")
        #expect(message.all("x-forwarded-for") == ["192.0.2.7"])
        #expect(message.all("x-forwarded-host") == ["app.example.com"])
        #expect(message.all("x-forwarded-proto") == ["http"])
        #expect(message.all("x-forwarded-port") == ["80"])
        #expect(message.all("forwarded").isEmpty)
    }

    @Test func `a trusted proxy's chain is continued and its Forwarded is kept`() async throws {
        let message = try await seen(
            "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 2.2.2.2, 3.3.3.3\r\nForwarded: for=1.1.1.1\r\nX-Forwarded-User: evil\r\n",
            isPeerTrusted: true)
        #expect(message.all("x-forwarded-for") == ["1.1.1.1, 2.2.2.2, 3.3.3.3, 192.0.2.7"])
        #expect(message.all("forwarded") == ["for=1.1.1.1"])
        #expect(message.all("x-forwarded-user").isEmpty)
    }

    @Test func `credentials do not go to the upstream`() async throws {
        let message = try await seen("Authorization: Bearer t0ken\r\nX-API-Key: k3y\r\nProxy-Authorization: Basic x\r\nx_api_key: k3y\r\n")
        for name in ["authorization", "x-api-key", "x_api_key", "proxy-authorization"] { #expect(message[name] == nil) }
    }

    @Test(arguments: [
        ("__Host-gatehouse=s3cret", nil), ("gatehouse=s3cret", nil), ("a=1; __Host-gatehouse=s3cret", "a=1"), ("__Host-gatehouse=s3cret; a=1", "a=1"),
        ("a=1; __Host-gatehouse=s3cret; b=2", "a=1; b=2"), ("a=1;gatehouse=s3cret;b=\"x y\"", "a=1;b=\"x y\""),
        ("__Host-gatehouse-oidc=s3cret; a=1", "a=1"),
        ("__Host-gatehouse.1=s3cret; a=1", "a=1"), ("  gatehouse =s3cret; a=1", "a=1"), ("gatehouse=s3cret; gatehouse=s3cret", nil),
        ("a=gatehouse; b=2", "a=gatehouse; b=2"),
        ("xgatehouse=1; gatehouses=2", "xgatehouse=1; gatehouses=2"), ("a=1;  b=2 ;c", "a=1;  b=2 ;c"),
        ("a=1; gatehouse=s3cret;", "a=1;"), ("gatehouse; a=1", "a=1"), ("gatehouse_x=s3cret; a=1", "a=1"), ("__Secure-gatehouse=s3cret", nil),
        (";gatehouse=s3cret;", nil), ("ä=1; gatehouse=s3cret; b=ü", "ä=1; b=ü"), ("gatehouse=\u{301}s3cret; a=1", "a=1"),
    ])
    func `our cookies stay here and the others pass byte for byte`(sent: String, kept: String?) async throws {
        let message = try await seen("Cookie: \(sent)\r\n")
        #expect(message.all("cookie") == (kept.map { [$0] } ?? []))
    }

    @Test func `a head that is longer than most passes whole, in either direction`() async throws {
        let long = String(repeating: "0123456789", count: 600)
        let message = try await seen("X-Long: \(long)\r\nX-Last: 1\r\n")
        #expect(message.all("x-long") == [long] && message.all("x-last") == ["1"] && message.all("x-request-id") == ["request-1"])
        let answer = try await received("X-Long: \(long)\r\nX-Last: 1\r\n")
        #expect(answer.all("x-long") == [long] && answer.all("x-last") == ["1"] && answer.all("content-length") == ["0"])
    }

    @Test func `our cookie is stripped from each of several Cookie fields`() async throws {
        let message = try await seen("Cookie: a=1\r\nCookie: gatehouse=s3cret\r\nCookie: gatehouse=s3cret; b=2\r\n")
        #expect(message.all("cookie") == ["a=1", "b=2"])
    }

    @Test(arguments: [true, false]) func `trailers of a request say nothing that its fields could not`(isWhole: Bool) async throws {
        let names = [
            "X-Forwarded-User", "x_forwarded_groups", "X-Forwarded-For", "X.Remote.User", "Remote_User", "Gatehouse-Identity", "X-Real-IP",
            "Forwarded", "Authorization", "X-API-Key", "x_api_key", "Proxy-Authorization", "Cookie", "Content_Length",
            "Transfer_Encoding", "Host", "Proxy", "X-Request-ID", "X-Hop", "TE", "Content-Type", "X-Forwarded-Tenant", "X_HTTP_Method_Override",
        ]
        let trailers = names.map { "\($0): evil\r\n" }.joined() + "X-Sum: 1\r\n\r\n"
        let upstream = try TestUpstream { _ in ok() }
        let status = try await withGateway(to: upstream, isPeerTrusted: true) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            if !isWhole { try wait { upstream.connections > 0 } }
            try client.send("0\r\n" + trailers)
            return try client.readMessage().status
        }
        #expect(status == 200)
        #expect(upstream.seen.first?.trailers == ["X-Sum: 1"])
    }

    @Test func `trailers of a response neither frame, name nor set anything`() async throws {
        let upstream = try TestUpstream { _ in
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent_Length: 9\r\nSet-Cookie: a=1\r\n"
                + "Clear-Site-Data: \"*\"\r\ngatehouse_error: evil\r\nConnection: close\r\nX-Sum: 1\r\n\r\n"
        }
        let answer = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readMessage()
        }
        #expect(answer.trailers == ["X-Sum: 1"])
    }

    @Test func `Proxy and careless spellings of framing fields stop here`() async throws {
        let message = try await seen("Proxy: http://evil\r\nTransfer_Encoding: evil\r\nContent_Length: evil\r\nKeep.Alive: evil\r\n")
        #expect(!message.head.contains("evil"))
    }

    @Test func `hop-by-hop fields stop here, those that Connection names too`() async throws {
        let message = try await seen(
            "Connection: keep-alive, X-Hop, x-forwarded-for\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nUpgrade: h2c\r\nX-End: 2\r\n"
        )
        for name in ["connection", "x-hop", "keep-alive", "te", "proxy-connection", "upgrade"] { #expect(message[name] == nil, "\(name)") }
        #expect(message["x-end"] == "2")
        #expect(message["x-forwarded-for"] == "192.0.2.7")
    }

    @Test func `a signed-in person is named in encoded headers`() async throws {
        let principal = Principal(
            id: "u-1", username: "ada", email: "ada@example.com", tenant: "acme", roles: ["analyst", "editor"], credential: .session)
        let message = try await seen("X-Forwarded-User: evil\r\nX_Forwarded_User: evil\r\nX_Forwarded_Tenant: evil\r\n", as: principal)
        #expect(message.all("x-forwarded-user") == ["ada"])
        #expect(message.all("x-forwarded-user-id") == ["u-1"])
        #expect(message.all("x-forwarded-email") == ["ada@example.com"])
        #expect(message.all("x-forwarded-groups") == ["analyst,editor"])
        #expect(message.all("x-forwarded-tenant") == ["acme"], "the tenant that the roles belong to")
        #expect(message.all("x-forwarded-preferred-username") == ["ada"])
        #expect(!message.head.contains("evil"))
        let strange = Principal(
            id: "s", authProvider: "corp", username: "corp:Zoë\r\nX-Forwarded-Groups: admin%", email: "a b@c", credential: .foreignToken)
        let encoded = try await seen("", as: strange)
        #expect(encoded.all("x-forwarded-user") == ["corp:Zo%C3%AB%0D%0AX-Forwarded-Groups:%20admin%25"])
        #expect(encoded.all("x-forwarded-user-id") == ["corp:s"])
        #expect(encoded.all("x-forwarded-email") == ["a%20b@c"])
        #expect(encoded.all("x-forwarded-groups").isEmpty)
    }

    @Test func `an upstream that wants no identity gets none, and one that wants a bearer gets ours`() async throws {
        let principal = Principal(id: "u-1", username: "ada", credential: .session)
        let none = try await seen("", as: principal) { $0.identity(.none) }
        #expect(none["x-forwarded-user"] == nil && none["x-forwarded-tenant"] == nil)
        #expect(none["x-forwarded-proto"] == "http")

        let upstream = try TestUpstream { _ in ok() }
        var proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.signedIn).identity(.bearer)])
        proxy.hooks.bearer = { principal, upstream in "token-of-\(principal.id)-for-\(upstream.path)" }
        try await withGateway(proxy, as: principal) { gateway, _ in
            _ = try await blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer theirs\r\n\r\n")
                return try client.readMessage()
            }
        }
        #expect(upstream.seen.first?.all("authorization") == ["Bearer token-of-u-1-for-/"])
        #expect(upstream.seen.first?["x-forwarded-user"] == "ada")
    }

    @Test func `a request for a service worker's script is refused unless the upstream may`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let refused = try await withGateway(to: upstream) { client in
            try client.send("GET /sw.js HTTP/1.1\r\nHost: a\r\nService-Worker: script\r\n\r\n")
            return try client.readMessage()
        }
        #expect(refused.status == 403)
        #expect(refused.text == "service_worker_refused")
        #expect(upstream.connections == 0)
        let allowed = try await seen("Service-Worker: script\r\n") { $0.allowingServiceWorker() }
        #expect(allowed["service-worker"] == "script")
    }

    @Test func `an upstream cannot set our cookies, clear the site's data or speak for us`() async throws {
        let message = try await received(
            """
            Set-Cookie: a=1; Path=/\r
            Set-Cookie: __Host-gatehouse=evil; Secure; Path=/\r
            Set-Cookie: gatehouse=evil\r
            Set-Cookie:   gatehouse = evil\r
            Set-Cookie: =gatehouse=evil\r
            Set-Cookie: ==gatehouse=evil\r
            Set-Cookie: gatehouse=\u{301}evil\r
            Set-Cookie: gatehouse\r
            Set-Cookie: __Host-gatehouse-oidc=evil\r
            Set-Cookie: b=gatehouse\r
            Clear-Site-Data: "*"\r
            Gatehouse-Error: evil\r
            gatehouse_error: evil\r
            Connection: X-Hop\r
            X-Hop: evil\r
            Keep-Alive: timeout=5\r
            X-Kept: 1\r
            X-Kept: 2\r

            """)
        #expect(message.all("set-cookie") == ["a=1; Path=/", "b=gatehouse"])
        #expect(!message.head.contains("evil"))
        #expect(message["clear-site-data"] == nil)
        #expect(message["keep-alive"] == nil)
        #expect(message.all("x-kept") == ["1", "2"])
        #expect(message.all("date").count == 1)
    }

    @Test func `a response field that is not UTF-8 is dropped`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send(
                Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: x\r\nDate: y\r\nX-Bad: a".utf8) + [0xe4] + Array("\r\nX-Good: ä\r\n\r\nok".utf8))
        }
        let message = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.readMessage()
        }
        #expect(message["x-bad"] == nil)
        #expect(message["x-good"] == "ä")
        #expect(message.text == "ok")
        #expect(message.all("date").count == 1)
    }
}

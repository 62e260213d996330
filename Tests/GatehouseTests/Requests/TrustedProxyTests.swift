import Gatehouse
import Hummingbird
import Testing

@Suite struct `Forwarding headers` {
    private static let proxy = "127.0.0.8"

    private func with(_ body: (Site) async throws -> Void) async throws {
        try await Site.with(
            Site.publicURL,
            settings: { settings in
                settings.trustedProxies = ["127.0.0.8/32", "10.0.0.0/8", "fd00::/8"].compactMap { try? AddressRange($0) }
            },
            routes: { router in
                router.open("who").get { _, context in
                    guard let request = context.identity.request else { return "-" }
                    return "\(request.client.map { "\($0)" } ?? "-") \(request.scheme.rawValue) \(request.host)"
                }
            }, body)
    }

    private func who(_ site: Site, _ fields: Site.Fields, from source: String = proxy) async throws -> Answer {
        try await site.send("GET", "/who", Array(fields), from: source)
    }

    @Test func `from anybody else are nothing`() async throws {
        try await with { site in
            let answer = try await who(
                site,
                [
                    "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1",
                    "X-Forwarded-Host": "evil2.example", "Forwarded": "for=192.0.2.1;host=evil.example", "X-Real-IP": "192.0.2.1",
                    "X-Forwarded-Prefix": "/x", "X-Forwarded-Proto": "gopher",
                ], from: "127.0.0.9")
            #expect(answer.text == "127.0.0.9 https app.example.com", "\(answer)")
        }
    }

    @Test func `name the right-most client that is no proxy`() async throws {
        try await with { site in
            for (value, client) in [
                ("192.0.2.1", "192.0.2.1"), ("6.6.6.6, 192.0.2.1", "192.0.2.1"), ("6.6.6.6,192.0.2.1, 10.1.2.3", "192.0.2.1"),
                ("garbage, 192.0.2.1", "192.0.2.1"), ("10.0.0.1, 10.0.0.2", "10.0.0.1"), ("2001:db8::1, fd00::2", "2001:db8::1"),
                ("::ffff:192.0.2.1", "192.0.2.1"), (" 192.0.2.1 ", "192.0.2.1"), ("", Self.proxy), ("127.0.0.1,\t192.0.2.1", "192.0.2.1"),
            ] {
                let answer = try await who(site, ["X-Forwarded-For": value])
                #expect(answer.text == "\(client) https app.example.com", "\(value) \(answer)")
            }
            let lines = try await who(site, ["X-Forwarded-For": "6.6.6.6", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-For": "10.0.0.1"])
            #expect(lines.text == "192.0.2.1 https app.example.com", "\(lines)")
        }
    }

    @Test func `that a proxy garbles are 400`() async throws {
        try await with { site in
            for fields: Site.Fields in [
                ["X-Forwarded-For": "unknown"], ["X-Forwarded-For": "1.2.3"], ["X-Forwarded-For": "192.0.2.1; x"], ["X-Forwarded-Proto": "gopher"],
                ["X-Forwarded-Proto": "https", "X-Forwarded-Proto": "https"], ["X-Forwarded-Proto": "https,http"],
                ["X-Forwarded-Host": "app.example.com", "X-Forwarded-Host": "evil.example"], ["X-Forwarded-Host": "a, b"], ["X-Forwarded-Host": ""],
                ["X-Forwarded-Host": "evil.example/x"], ["X-Forwarded-For": "0x7f.1"], ["X-Forwarded-For": "192.0.2.1:80"],
            ] {
                let answer = try await who(site, fields)
                #expect(answer.status == 400 && answer.code == "malformed_request", "\(fields) \(answer)")
            }
        }
    }

    @Test func `say which host was asked for, and a cookie is held against that`() async throws {
        try await with { site in
            let person = try await site.signIn()
            func me(_ fields: Site.Fields) async throws -> Int {
                try await site.send("GET", "/api/v1/auth/me", [("Cookie", person.cookie)] + Array(fields), from: Self.proxy).status
            }
            #expect(try await me(["Host": "internal:8000", "X-Forwarded-Host": "app.example.com", "X-Forwarded-Proto": "https"]) == 200)
            #expect(try await me(["X-Forwarded-Host": "evil.example"]) == 421)
            #expect(try await me(["Host": "internal:8000"]) == 421)
            #expect(try await who(site, ["X-Forwarded-Proto": "HTTP"]).text == "127.0.0.8 http app.example.com")
        }
    }

    @Test func `of an untrusted peer do not loosen the throttle`() async throws {
        try await with { site in
            var statuses: [Int] = []
            for index in 0..<8 {
                let fields = [(key: "Content-Type", value: "application/json"), ("X-Forwarded-For", "192.0.2.\(index)")]
                statuses.append(
                    try await site.send("POST", "/api/auth/login", fields, body: #"{"username":"ada","password":"wrong"}"#, from: "127.0.0.9").status)
            }
            #expect(statuses.suffix(2) == [429, 429], "\(statuses)")
        }
    }
}

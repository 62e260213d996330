import GatehouseCore
import Testing

@Suite struct HostTests {
    private func host(_ text: String, _ scheme: Scheme = .https) -> String? {
        (try? Host(text, scheme: scheme))?.description
    }

    @Test func `letter case, one trailing dot and the scheme's own port make no other host`() throws {
        let canonical = try Host("a.b.example.com", scheme: .https)
        for text in [
            "a.B.example.com", "A.B.EXAMPLE.COM", "a.b.example.com.", "a.b.example.com:443", "a.b.example.com.:443", "A.b.example.com.:0443",
        ] {
            #expect(try Host(text, scheme: .https) == canonical, "\(text)")
        }
    }

    @Test func `another port or scheme's port makes another host`() {
        #expect(host("example.com:8443") == "example.com:8443")
        #expect(host("example.com:80") == "example.com:80")
        #expect(host("example.com:80", .http) == "example.com")
        #expect(host("example.com:443", .http) == "example.com:443")
        #expect(host("example.com:65535") == "example.com:65535")
    }

    @Test func `punycode is a name like any other, and never the name that it looks like`() {
        #expect(host("XN--MNCHEN-3YA.example") == "xn--mnchen-3ya.example")
        for text in ["münchen.example", "ｅxample.com", "example。com", "exam\u{ad}ple.com", "\u{212A}.example", "example.com\u{301}"] {
            #expect(host(text) == nil, "\(text)")
        }
    }

    @Test func `IPv6 literals are written in their shortest form`() {
        for text in ["[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0001]:443"] { #expect(host(text) == "[::1]", "\(text)") }
        #expect(host("[2001:DB8::A]:8443") == "[2001:db8::a]:8443")
        #expect(host("[::ffff:127.0.0.1]") == "[::ffff:127.0.0.1]")
        #expect(host("[::ffff:7f00:1]") == "[::ffff:127.0.0.1]")
    }

    @Test(arguments: [
        "[]", "[::1", "::1", "[::1]x", "[::1]:", "[::1]443", "[127.0.0.1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[v1.x]", "[::1]]", "[[::1]]",
        "[::1].example.com", "[::1]:443:443", "[localhost]", "[::1]\u{301}",
    ]) func `what is no IPv6 literal is refused`(_ text: String) {
        #expect(host(text) == nil)
    }

    @Test(arguments: [
        "", ".", "..", ".example.com", "example..com", "example.com..", "a@example.com", "user:pass@example.com", "example.com:", "example.com:0",
        "example.com:65536", "example.com:999999", "example.com:+443", "example.com:-1", "example.com:4 43", "example.com:443:443",
        "example.com:http",
        "example.com:٤٤٣", "example.com/", "example.com/x", "example.com?x", "example.com#x", "example.com\\x", "http://example.com",
        "example.com,evil.com",
        "example.com evil.com", " example.com", "example.com ", "example.com\t", "example.com\r\nX: y", "example.com\0", "exa%6dple.com",
        "*.example.com",
        "\u{FEFF}example.com", "example.com\u{200B}", "example.com\u{0600}.", "example.com\u{0600}:443", "\u{0600}example.com", "example\u{0600}.com",
    ]) func `everything else is refused`(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try Host(text, scheme: .https) }
        #expect(error?.code == .malformedRequest)
    }

    @Test func `a host is at most 300 bytes`() {
        #expect(host(String(repeating: "a", count: 300)) != nil)
        #expect(host(String(repeating: "a", count: 301)) == nil)
    }

    @Test func `IPv4 in the spellings that only a browser folds stays another host`() {
        for text in ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "xlocalhost"] {
            #expect((try? Host(text, scheme: .http))?.isLoopback != true, "\(text)")
        }
        for text in ["localhost", "LOCALHOST.", "127.0.0.1:8000", "[::1]:8000"] {
            #expect((try? Host(text, scheme: .http))?.isLoopback == true, "\(text)")
        }
    }

    @Test func `canonical hosts are fixed points, and random bytes never trap`() throws {
        var g = Seeded(3)
        let alphabet = Array("ab.:[]1fF0@%/-_\\ é\u{0600}\u{301}")
        var accepted = 0
        for _ in 0..<20_000 {
            let text = String((0..<Int.random(in: 1...12, using: &g)).map { _ in alphabet.pick(&g) })
            guard let host = try? Host(text, scheme: .http) else { continue }
            accepted += 1
            let again = try? Host(host.description, scheme: .http)
            if again != host || !host.name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) { Issue.record("\(text.debugDescription) gave \(host)") }
        }
        #expect(accepted > 300)
    }
}

@Suite struct OriginTests {
    @Test func `an origin is scheme, host and port in canonical form`() throws {
        let ours = Origin(scheme: .https, host: try Host("app.example.com", scheme: .https))
        #expect(Origin("https://app.example.com") == ours)
        #expect(Origin("https://APP.example.com:443") == ours)
        #expect(ours.description == "https://app.example.com")
        #expect(Origin("http://localhost:8000")?.description == "http://localhost:8000")
        #expect(Origin("http://[::1]:80")?.description == "http://[::1]")
    }

    @Test func `another scheme, host or port is another origin`() throws {
        let ours = try #require(Origin("https://app.example.com"))
        for text in [
            "http://app.example.com", "http://app.example.com:443", "https://app.example.com:8443", "https://example.com",
            "https://app.example.com.evil.com",
            "https://evilapp.example.com",
        ] {
            let other = try #require(Origin(text))
            #expect(other != ours, "\(text)")
        }
    }

    @Test(arguments: [
        "", "null", "NULL", "https://", "https:/app.example.com", "https:app.example.com", "//app.example.com", "app.example.com",
        "https://app.example.com/",
        "https://app.example.com/x", "https://app.example.com?", "https://app.example.com#", "https://u@app.example.com",
        "https://app.example.com@evil.com",
        "https://app.example.com https://evil.com", "https://app.example.com, https://app.example.com", "ftp://app.example.com",
        "wss://app.example.com",
        "file://", "chrome-extension://abc", " https://app.example.com", "https://app.example.com\n", "https:\\\\app.example.com",
        "HTTPS://app.example.com",
        "https://\u{301}app.example.com", "https:/\u{301}/app.example.com", "https://app.example.com\u{0600}.", "https://*", "javascript:alert(1)",
    ]) func `everything else is no origin`(_ text: String) {
        #expect(Origin(text) == nil)
    }
}

import GatehouseCore
import Testing

/// Open redirects as they are tried in the field: every target is ignored or stays on our own origin in a browser's eyes.
@Suite struct ReturnToCorpusTests {
    private static let starts = [
        "//", "///", "////", "/////", "/\\", "\\/", "\\\\", "/\\/", "//\\", "\\\\/", "/\t/", "/\n/", "/\r/", "/\r\n/", "\t//", "\n//", "/\t\\", " //",
        "\u{b}//", "\u{0}//", "/\u{0}/", "\u{FEFF}//",
        "\u{A0}//", "\u{2028}//", "/%09/", "/%0a/", "/%0d/", "/%00/", "/%20/", "/%5c", "/%5C", "/%5c%5c", "/%2f", "/%2F", "/%2f%2f", "%2f%2f",
        "/%252f", "/%255c", "/.//", "/./\\", "/..//",
        "/../\\", "/a/..//", "/a/../..//", "/%2e//", "/%2e%2e//", "/.%2e//", "/.;//", "/..;//", "/;//", "/;/", "/a;//", "/?//", "/#//", "?//", "#//",
        ".//", "..//", "./", "", "//;@", "//:@", "//@",
        "//good@", "//app.example.com@", "//app.example.com:443@", "//app.example.com%40", "//app.example.com\\@", "//app.example.com.",
        "//app.example.com%2f@", "//app.example.com#@",
        "//app.example.com?@", "https:", "https:/", "https://", "https:///", "https:////", "https:\\", "https:\\\\", "https:/\\", "HTTPS://",
        "hTtPs:", "ht\ttps://", "https\n://", "https:\t//", "http:",
        "http:/", "http://", "http:///", "http:\\\\", "https://good@", "https://app.example.com@", "https://app.example.com:x@",
        "https://app.example.com.", "https://app.example.com\\.",
        "https://app.example.com%23@", "https://app.example.com;", "ftp://", "ws://", "wss:", "file://", "file:///", "javascript://", "javascript:",
        "javascript:alert(1)//", "JaVaScRiPt:", "java\tscript:",
        "\u{1}javascript:", "data:text/html,", "vbscript:", "blob:https://", "about:", "view-source:", "mailto:", "／／", "/／", "／/", "\u{FF0F}\\",
        "/\u{2215}", "/\u{2044}", "⁄⁄", "/%EF%BC%8F", "〳〳",
        "//\u{AD}", "//\u{200B}", "//[", "//[::1]@", "/ /", "/\u{301}/", "/.\t./", "/.\\/", "%09//", "%20//", "0://", "x://", "x:", "-://", "://",
        ":", "@", "/@", "/:", "*//", "/*//", "<>//", "//<>//", "|//", "/|/",
    ]
    private static let hosts = [
        "e", "evil.com", "EVIL.COM", "evil.com:80", "evil.com/", "evil.com/%2e%2e", "evil.com?a", "evil.com#a", "evil。com", "ｅvil.com",
        "evil%E3%80%82com", "127.0.0.1", "0x7f.1", "0x7f000001", "2130706433",
        "0177.0.0.1", "017700000001", "127.1", "[::1]", "[::ffff:7f00:1]", "xn--vil-0fa.com", "good@evil.com", "app.example.com.evil.com",
        "app.example.com", "evil.com\\app.example.com", "evil.com%2fapp.example.com",
    ]

    private static let corpus: [String] = {
        var g = Seeded(559)
        let direct = starts.flatMap { start in hosts.map { start + $0 } }
        let alphabet =
            Array("//\\\\::@@..%%25cCfFeE09?#;\t\n\r ").map(String.init) + [
                "evil.com", "https", "app.example.com", "／", "%2f", "%5c", "%2e", "\u{0}", "\u{AD}", "\u{301}",
            ]
        let random = (0..<6_000).map { _ in "/" + (0..<Int.random(in: 0...7, using: &g)).map { _ in alphabet.pick(&g) }.joined() }
        return direct + random
    }()

    @Test func `no variant leaves our origin`() {
        #expect(Self.corpus.count >= 1_000)
        var (ignored, taken) = (0, 0)
        for text in Self.corpus {
            guard let target = ReturnTo(text)?.target else {
                ignored += 1
                continue
            }
            taken += 1
            if target != text || !staysHere(target) { Issue.record("\(text.debugDescription) leads to \(BrowserURL.origin(of: target))") }
        }
        #expect(ignored > 1_000)
        #expect(taken > 100, "the sample holds both answers: \(taken) of \(Self.corpus.count)")
    }

    @Test func `the browser's parser of this test knows where the usual tricks lead`() {
        for text in [
            "//evil.com", "/\\evil.com", "\\\\evil.com", "/\t/evil.com", "https://evil.com", "https:\\\\evil.com",
            " //evil.com", "//app.example.com@evil.com",
            "///evil.com", "https:////evil.com", "//ｅvil.com", "//evil。com",
        ] {
            #expect(BrowserURL.origin(of: text) == "https://evil.com", "\(text)")
        }
        for text in [
            "", "/", "a", "https:evil.com", "https:/evil.com", "/a//evil.com", "?//evil.com", "//app.example.com:443", "//APP.example.com/x",
            "/:@evil.com", "./", "..//evil.com",
        ] {
            #expect(BrowserURL.origin(of: text) == BrowserURL.ours, "\(text)")
        }
        #expect(BrowserURL.origin(of: "http:evil.com") == "http://evil.com")
        #expect(BrowserURL.origin(of: "javascript:alert(1)") == "null")
    }

    /// Also for one who decodes it first, once or more often, and for one who resolves dot segments and hands the path on.
    private func staysHere(_ target: String) -> Bool {
        var text = target
        for _ in 0..<4 {
            guard BrowserURL.origin(of: text) == BrowserURL.ours, !text.hasPrefix("//") else { return false }
            if text.prefix(while: { $0 != "?" }).split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) { return false }
            text = RealServer.decode(text)
        }
        return true
    }
}

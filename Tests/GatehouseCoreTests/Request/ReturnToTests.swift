import GatehouseCore
import Testing

@Suite struct ReturnToTests {
    @Test(arguments: [
        "/", "/a", "/a/b/", "/a?b=c&d=e", "/reports/2026?from=1#".dropLast().description, "/a%20b", "/caf%C3%A9", "/A/B.html", "/a?next=//evil.com",
        "/a?u=https://evil.com",
        "/.well-known/x", "/a;b", "/a%2Fb", "/@evil.com", "/a?\"<>",
    ]) func `a path on this origin is taken as it is`(_ text: String) {
        #expect(ReturnTo(text)?.target == text)
    }

    @Test(arguments: [
        "", " ", "a", "?a", "#", "//", "//evil.com", "///evil.com", "/\\evil.com", "\\/evil.com", "\\\\evil.com", "/\t/evil.com", "/\n/evil.com",
        "\t//evil.com", " //evil.com",
        "https:evil.com", "https://evil.com", "https:///evil.com", "//good@evil.com", "javascript:alert(1)", "data:text/html,x", "/a#b", "/a?b#c",
        "/a\\b", "/a?b\\c", "/a b", "/a?b c",
        "/./", "/../", "/.//evil.com", "/..//evil.com", "/a/../..//evil.com", "/%2e//evil.com", "/%2fevil.com", "/%2Fevil.com", "/%5cevil.com",
        "/%5Cevil.com", "/%09/evil.com",
        "/%252fevil.com", "/%25252fevil.com", "/;/evil.com", "/;%2fevil.com", "/%20/evil.com", "/a//b", "/a\r\nSet-Cookie: x", "/a?\r\nX: y", "/a?é",
        "/é", "／／evil.com", "/／evil.com",
        "/\u{0}/evil.com", "/a\u{301}", "/a?\u{301}", "\u{FEFF}//evil.com",
    ]) func `everything else is ignored`(_ text: String) {
        #expect(ReturnTo(text)?.target == nil)
    }

    @Test func `nothing is nowhere, and a target is at most 2048 bytes`() {
        #expect(ReturnTo(nil) == nil)
        #expect(ReturnTo("/" + String(repeating: "a", count: 2047)) != nil)
        #expect(ReturnTo("/" + String(repeating: "a", count: 2048)) == nil)
    }

    @Test func `as the value of a query parameter it survives a round trip and adds no parameter`() throws {
        for text in ["/", "/a?b=c&return_to=/d", "/a%20b?c=%26+\"<>'", "/~a_b-c.d/e"] {
            let value = try #require(ReturnTo(text)).queryValue
            #expect(RealServer.decode(value) == text)
            #expect(!value.contains { "&=+#?;\"'<> ".contains($0) })
        }
    }
}

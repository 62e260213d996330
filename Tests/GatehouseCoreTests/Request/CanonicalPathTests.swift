import GatehouseCore
import Testing

@Suite struct CanonicalPathTests {
    @Test(arguments: [
        "/", "/a", "/a/", "/api/v1/auth/me", "/.well-known/jwks.json", "/a.b/c..d/e.f.g", "/_stcore/stream", "/a-b_c~d", "/@me", "/a:b", "/a,b",
        "/a+b", "/(a)", "/a=b&c",
        "/!$&'()*+,=:@", "/.a/..b/...c",
    ]) func `a plain path has one reading`(_ raw: String) throws {
        let path = try CanonicalPath(raw)
        #expect(path.isPlain)
        #expect(path.raw == raw)
        #expect(path.readings.count == 1)
        #expect(path.readings[0].foldsCase == false)
        #expect(path.readings[0].segments == raw.split(separator: "/").map(String.init))
    }

    @Test(arguments: [
        // Not a path.
        "", "a", "*", "?", "http://e/", "\\", " /", "/a?b",
        // Bytes that no path holds.
        "/a b", "/a\tb", "/a\r\nb", "/a\0b", "/a\u{7f}", "/a#b", "/a\\b", "/é", "/\u{FFFD}", "/a\u{301}", "/\u{301}", "/．．/a",
        // The same bytes behind escapes, once and more often.
        "/a%00", "/a%0d%0aX:%20y", "/a%0A", "/a%09b", "/a%1f", "/a%7F", "/a%5cb", "/a%5Cb", "/a%23b", "/a%2500", "/a%255cb", "/a%2523b",
        "/a%25252500", "/%250a", "/%2525255c",
        // Escapes that are broken.
        "/%", "/a%", "/a%2", "/a%zz", "/a%2/", "/a%g0", "/%u002e", "/%+1", "/% 1", "/a%/b", "/%%32%65",
        // Text that is not UTF-8, overlong forms first.
        "/%c0%ae", "/%C0%AF", "/%c1%9c", "/%e0%80%ae", "/%E0%80%AF", "/%f0%80%80%ae", "/%ff", "/%80", "/%c3", "/%c3%2f", "/%ed%a0%80",
        "/%f4%90%80%80", "/%c0%2e",
        "/%25c0%25ae", "/%25c0%25af", "/%25e0%2580%25ae", "/%2525c0%2525ae",
        // Encoded too often.
        "/%2525252525", "/%25252525252e",
    ]) func `what has no honest use is refused`(_ raw: String) {
        let error = #expect(throws: GatehouseError.self) { try CanonicalPath(raw) }
        #expect(error?.code == .malformedRequest)
    }

    @Test(arguments: [
        "/.", "/..", "/./admin", "/../admin", "/public/../admin", "/public/./admin", "/public/..", "/public/.", "/public/../", "/..//", "//..",
        "/public/%2e%2e/admin",
        "/public/%2E%2E/admin", "/public/.%2e/admin", "/public/%2e./admin", "/%2e/admin", "/public/%2e%2e%2fadmin", "/public/..%2fadmin",
        "/public%2f..%2fadmin",
        "/public%2F..", "/public/%252e%252e/admin", "/public/%252e%252e%252fadmin", "/public/%25252e%25252e/admin",
        "/public/%25%32%65%25%32%65/admin",
        "/public/%252%65./admin", "/public/..;/admin", "/public/..;x=y/admin", "/public/.;/admin", "/public/..%3B/admin", "/public/..%3b%2fadmin",
        "/public/%2e%2e;/admin",
        "/public/;%2f..%2fadmin", "/public/..%253bx/admin", "/public/..%3F/admin", "/public/..%3fx/../admin", "/public/..%253f/admin", "/public/.%3F",
        "/public/..%20/admin",
        "/public/%20../admin", "/public/.%20./admin", "/public/..%2520/admin", "/public/.../admin", "/public/....//admin", "/public/%2e%2e%2e/admin",
        "/public/..%20;x/admin",
        "/%EF%BC%8E%EF%BC%8E/admin", "/.%EF%BC%8E/admin", "/public/%E2%80%A5/admin", "/public/%E2%80%A4%E2%80%A4/admin",
        "/public%EF%BC%8F..%EF%BC%8Fadmin",
        "/public/%25EF%25BC%258E%25EF%25BC%258E/admin", "/%EF%B9%92%EF%B9%92/admin", "/public%E2%88%95..%E2%88%95admin",
    ]) func `dot segments are refused in every encoding`(_ raw: String) {
        let error = #expect(throws: GatehouseError.self) { try CanonicalPath(raw) }
        #expect(error?.code == .malformedRequest)
    }

    @Test(arguments: [
        "/..a", "/a..", "/a/..b/c", "/.hidden", "/a%20b", "/caf%C3%A9", "/100%25", "/a%2Fb", "/a%3Fb", "/a;b", "/a;b=c,d", "/A", "//a", "/a//b",
        "/%E6%97%A5%E6%9C%AC", "/a%252Fb",
        "/a%2525", "/%7Euser", "/a%20", "/a.", "/1.2.", "/v1/items:batch", "/files/a%20b%20(1).pdf", "/%E2%80%A6and", "/a%2e%2e",
    ]) func `what is only unusual is kept`(_ raw: String) throws {
        #expect(try CanonicalPath(raw).raw == raw)
    }

    @Test func `a path is at most 8 KiB and 256 segments`() throws {
        #expect((try? CanonicalPath("/" + String(repeating: "a", count: 8191))) != nil)
        #expect((try? CanonicalPath("/" + String(repeating: "a", count: 8192))) == nil)
        #expect((try? CanonicalPath(String(repeating: "/a", count: 256))) != nil)
        #expect((try? CanonicalPath(String(repeating: "/a", count: 257))) == nil)
        #expect((try? CanonicalPath("/A" + String(repeating: "%2Fb", count: 255))) != nil)
        #expect((try? CanonicalPath("/A" + String(repeating: "%2Fb", count: 256))) == nil)
        #expect((try? CanonicalPath("/A" + String(repeating: "%252Fb", count: 256))) == nil)
    }
}

import GatehouseCore
import Testing

@Suite struct CanonicalRequestTests {
    @Test(arguments: [
        "/", "/?", "/??", "/a?b=/../c", "/a%2Fb?x=%00%0d%0a", "/A//b;c?d;e", "/a?return_to=//evil", "/a?\\", "/admin?x=/public/", "/a?%", "/a?%zz",
        "/caf%C3%A9?%ff",
        "/a?\"<>^`{|}", "/a%3Fb?c",
    ]) func `the target is byte for byte what was sent`(_ target: String) throws {
        let request = try request(target)
        #expect(Array(request.target.utf8) == Array(target.utf8))
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        #expect(request.path.raw == mark.map { String(target[..<$0]) } ?? target)
        #expect((request.query == nil) == (mark == nil))
    }

    @Test(arguments: [
        "", "*", "a", "?", "?a", "http://app.example.com/", "//evil.com:80@/\n", "@evil.com", "/a b", "/a?b c", "/a?b#c", "/admin#/public/",
        "/admin%23/public/",
        "/a\r\nX: y", "/a?\r\nX: y", "/a?\0", "/a\0", "/a?\u{7f}", "/a?é", "/é", "/a\\b", "/a?\t", "/a\u{301}?", "/a?\u{301}", "/\u{FFFD}",
        "/a?\u{FFFD}", "\\a",
    ]) func `a target with no honest use is refused`(_ target: String) {
        let error = #expect(throws: GatehouseError.self) { try request(target) }
        #expect(error?.code == .malformedRequest)
    }

    @Test func `a query never decides about the path`() throws {
        #expect(try request("/admin?x=/public/").path == CanonicalPath("/admin"))
        #expect(try request("/admin?/../public").path.isPlain)
    }

    @Test func `only methods that merely ask are safe, in their exact spelling`() throws {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE"] { #expect(try request(method: method).isSafe) }
        for method in ["POST", "PUT", "PATCH", "DELETE", "CONNECT", "get", "Get", "GET ", "", "GETX", "QUERY", "PROPFIND"] {
            #expect(try !request(method: method).isSafe, "\(method)")
        }
    }

    @Test func `the facts of the route are kept as they were found`() throws {
        let route = CanonicalRequest.Route(
            peer: IPAddress("10.0.0.1"), client: IPAddress("203.0.113.9"), scheme: .https, host: try Host("APP.example.com:443", scheme: .https),
            isPeerTrusted: true)
        let request = try CanonicalRequest(method: "GET", target: "/", route: route, id: "r1")
        #expect(request.origin.description == "https://app.example.com")
        #expect(request.client == IPAddress("203.0.113.9"))
        #expect(request.route == route)
        #expect(request.id == "r1")
    }

    @Test func `random bytes in a target never trap and are never changed`() throws {
        var g = Seeded(23)
        let alphabet = Array("/?%2eEfF0;.a\\ #\u{301}é\0")
        var accepted = 0
        for _ in 0..<5_000 {
            let target = "/" + String((0..<Int.random(in: 0...10, using: &g)).map { _ in alphabet.pick(&g) })
            guard let request = try? request(target) else { continue }
            accepted += 1
            if !request.target.utf8.elementsEqual(target.utf8) { Issue.record("\(target.debugDescription)") }
        }
        #expect(accepted > 50)
    }
}

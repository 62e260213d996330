import GatehouseCore
import Testing

/// What holds for every path, tried on many that only an attacker would send.
@Suite struct PathPropertyTests {
    private static let names = [
        "public", "admin", "secret", "x", "PUBLIC", "Admin", "%70ublic", "%2570ublic", "%61dmin", "admi%6E", "public;x", "admin;", ";", ";y=z",
        "public%3Bx", "admin%3Fy", "public%253Fz",
        "public%20", "%20admin", "admin.", "public%2E", "adm%C4%B1n", "%C5%BFecret", "a%40b", "%C3%A9", "", "",
    ]
    private static let slashes = ["/", "/", "/", "//", "%2F", "%2f", "%252F", "%25252F", "/;/", "/%20/"]

    private static func spelling(_ g: inout Seeded) -> String {
        var text = Int.random(in: 0..<6, using: &g) == 0 ? "//" : "/"
        for index in 0..<Int.random(in: 1...4, using: &g) {
            if index > 0 { text += slashes.pick(&g) }
            text += names.pick(&g)
        }
        return text
    }

    /// The rules that a request might be decided by, as prefixes; the longest wins.
    private static let rules = [[], ["public"], ["admin"], ["public", "secret"], ["admin", "public"]]

    private func rule(_ segments: [String], isFolded: Bool = false) -> [String]? {
        let segments = isFolded ? segments.map { $0.lowercased() } : segments
        return Self.rules.filter { segments.starts(with: $0) }.max { $0.count < $1.count }
    }

    /// The rule that all readings select; `nil` is a 400.
    private func decision(_ path: CanonicalPath) -> [String]? {
        let rules = Set(path.readings.map { rule($0.segments, isFolded: $0.foldsCase) })
        return rules.count == 1 ? rules.first ?? nil : nil
    }

    @Test func `what is decided is what every known server would serve`() {
        var g = Seeded(42)
        var decided: [[String]: Int] = [:]
        var refused = 0
        for _ in 0..<2_500 {
            let raw = Self.spelling(&g)
            guard let path = try? CanonicalPath(raw), let decision = decision(path) else {
                refused += 1
                continue
            }
            decided[decision, default: 0] += 1
            for server in RealServer.all where rule(server.segments(raw)) != decision {
                Issue.record("\(raw) was decided by \(decision), but a server that \(server) serves \(server.segments(raw))")
            }
        }
        #expect(decided.count == Self.rules.count, "every rule is met: \(decided)")
        #expect(refused > 200)
    }

    @Test(arguments: [
        ("/admin?x=/public/", ["admin"]), ("/public/a", ["public"]), ("/public/secret", ["public", "secret"]),
        ("/public/secret/", ["public", "secret"]),
        ("/x//y", []), ("/x/ADMIN", []), ("/%78/a%2Fb;c", []), ("/public/a%20b//C;d", ["public"]),
    ]) func `honest requests are decided`(_ target: String, _ rule: [String]) throws {
        #expect(try decision(request(target).path) == rule)
    }

    @Test(arguments: [
        "//admin", "///admin", "/ADMIN", "/Admin/", "/%2Fadmin", "/;/admin", "/public//secret", "/public/SECRET", "/public%2Fsecret",
        "/public/secret;x", "/public;x/secret",
        "/%70ublic/x", "/public/x%2F..%252F", "//x/admin", "/public%3F/secret", "/admin%20", "/admin.", "/%2561dmin", "/adm%C4%B1n",
    ]) func `a request that could mean two rules is refused`(_ raw: String) {
        #expect((try? CanonicalPath(raw)).flatMap(decision) == nil)
    }

    @Test func `random bytes never trap, stay as they are and have bounded, honest readings`() {
        var g = Seeded(5)
        let alphabet =
            Array("/////..%%%22eEfF05CcaA;? \\#bB").map(String.init) + [
                "%2F", "%2e", "%25", "%3B", "%3F", "%20", "%C3%A9", "\u{301}", "é", "\u{0}", "\n",
            ]
        var accepted = 0
        for _ in 0..<10_000 {
            let raw = "/" + (0..<Int.random(in: 0...9, using: &g)).map { _ in alphabet.pick(&g) }.joined()
            guard let path = try? CanonicalPath(raw) else { continue }
            accepted += 1
            let readings = path.readings
            if !path.raw.utf8.elementsEqual(raw.utf8) || !(1...64).contains(readings.count) || (path.isPlain && readings.count != 1) || hidesDots(raw)
            {
                Issue.record("\(raw.debugDescription): \(readings)")
            }
            if readings.contains(where: { $0.segments.contains { $0 == "." || $0 == ".." || $0.utf8.contains(0) } }) {
                Issue.record("\(raw): \(readings)")
            }
        }
        #expect(accepted > 800)
    }

    @Test func `bytes of every value are refused or kept, alone, escaped and escaped twice`() {
        for byte in UInt8.min ... .max {
            let hex = (byte < 16 ? "0" : "") + String(byte, radix: 16)
            for raw in [String(decoding: [0x2f, 0x61, byte, 0x62], as: UTF8.self), "/a%\(hex)b", "/a%25\(hex)b", "/%\(hex)", "/a/%\(hex)/b"] {
                guard let path = try? CanonicalPath(raw) else { continue }
                if path.raw != raw || hidesDots(raw) { Issue.record("\(raw)") }
                if byte < 0x20 || byte == 0x7f || byte == 0x5c || byte == 0x23 { Issue.record("\(raw) was accepted") }
            }
        }
    }

    @Test func `a path that is plain is read the same by every known server, letter case aside`() {
        var g = Seeded(9)
        let alphabet = Array("/abz09.-_~!$&'()*+,=:@")
        var plain = 0
        for _ in 0..<1_500 {
            let raw = "/" + String((0..<Int.random(in: 0...12, using: &g)).map { _ in alphabet.pick(&g) })
            guard let path = try? CanonicalPath(raw), path.isPlain else { continue }
            plain += 1
            for server in RealServer.all {
                var segments = server.segments(raw)
                if segments.last == "" { segments.removeLast() }
                if segments != path.readings[0].segments { Issue.record("\(raw): \(server) reads \(segments)") }
            }
        }
        #expect(plain > 300)
    }

    /// Whether decoding again and again ever shows a dot segment, with or without path parameters and query.
    private func hidesDots(_ raw: String) -> Bool {
        var text = raw
        for _ in 0..<12 {
            let pieces = text.split(separator: "/").map { $0.prefix { $0 != ";" && $0 != "?" }.filter { $0 != " " } }
            if pieces.contains(where: { $0 == "." || $0 == ".." }) { return true }
            text = RealServer.decode(text)
        }
        return false
    }
}

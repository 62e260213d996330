/// How a server known in the field finds the segments of a path, written without regard to how Gatehouse does it.
struct RealServer: Sendable, CustomStringConvertible {
    let description: String
    let segments: @Sendable (String) -> [String]

    init(_ name: String, _ segments: @escaping @Sendable (String) -> [String]) {
        description = name
        self.segments = segments
    }

    static let all: [RealServer] = [
        RealServer("compares bytes (chi, Envoy)") { pieces($0) },
        RealServer("folds case, decodes nothing (Express)") { pieces($0.lowercased()) },
        RealServer("decodes once (WSGI, ASGI)") { pieces(decode($0)) },
        RealServer("decodes once, merges slashes (nginx)") { solid(decode($0)) },
        RealServer("merges slashes, then decodes (Go ServeMux)") { solid($0).map(decode) },
        RealServer("decodes segments (Vapor, Rails)") { pieces($0).map(decode) },
        RealServer("decodes twice (a proxy before an application)") { solid(decode(decode($0))) },
        RealServer("decodes three times") { solid(decode(decode(decode($0)))) },
        RealServer("drops parameters, decodes, merges (Tomcat)") { solid(decode(pieces($0).map(bare).joined(separator: "/"))) },
        RealServer("decodes, then drops parameters") { pieces(decode($0)).map(bare) },
        RealServer("drops parameters, decodes, trims segments (Spring)") { solid(decode(pieces($0).map(bare).joined(separator: "/")), trim: true) },
        RealServer("folds with Java's equalsIgnoreCase") { solid(decode($0)).map { $0.uppercased().lowercased() } },
        RealServer("decodes, folds, trims dots and blanks (IIS, Windows files)") { solid(decode($0), trim: true).map { $0.lowercased() } },
        RealServer("takes // for an authority (new URL(req.url))") { pieces(pathOfURL($0)) },
        RealServer("takes // for an authority, then decodes (urlsplit)") { pieces(decode(pathOfURL($0))) },
        RealServer("decodes, then takes // for an authority") { solid(pathOfURL(decode($0))) },
        RealServer("decodes, then cuts the query (parse_url after urldecode)") { pieces(String(decode($0).prefix { $0 != "?" })) },
        RealServer("decodes, cuts, drops parameters, merges, folds") { path in
            solid(pieces(String(decode(path).prefix { $0 != "?" })).map(bare).joined(separator: "/")).map { $0.lowercased() }
        },
    ]

    private static func pieces(_ path: String) -> [String] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(path.hasPrefix("/") ? 1 : 0).map(String.init)
    }

    private static func solid(_ path: String, trim: Bool = false) -> [String] {
        path.split(separator: "/").map { trim ? trimmed(String($0)) : String($0) }.filter { !$0.isEmpty }
    }

    private static func bare(_ segment: String) -> String { String(segment.prefix { $0 != ";" }) }

    private static func trimmed(_ segment: String) -> String {
        var rest = segment[...].drop { $0 == " " }
        while rest.last == " " || rest.last == "." { rest.removeLast() }
        return String(rest)
    }

    private static func pathOfURL(_ path: String) -> String {
        guard path.hasPrefix("//") else { return path }
        return String(path.drop { $0 == "/" }.drop { $0 != "/" })
    }

    /// Each `%XX` replaced; what is broken stays.
    static func decode(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.first != 0x2b {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

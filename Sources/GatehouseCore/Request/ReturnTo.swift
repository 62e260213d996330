/// A place on our own origin to go to after sign-in.
///
/// Read as a browser would read it; anything that is not a path here is ignored, never followed.
public struct ReturnTo: Sendable, Hashable {
    /// Path and query; starts with exactly one `/`.
    public let target: String

    /// `nil` unless `text` is a path on this origin: no scheme, no authority, no `\`, control byte, fragment or dot segment, no double slash,
    /// however often the path is decoded.
    public init?(_ text: String?) {
        guard let text, text.utf8.count <= 2048, text.utf8.first == UInt8(ascii: "/"), !text.utf8.dropFirst().starts(with: "/".utf8) else {
            return nil
        }
        let path = text.prefix { $0 != "?" }
        let query = text.dropFirst(path.count)
        guard query.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") }),
            let canonical = try? CanonicalPath(String(path)),
            !Self.hasDoubledSlash(path), !canonical.readings.contains(where: Self.startsWithSlash)
        else { return nil }
        target = text
    }

    /// The target as the value of a query parameter: everything but unreserved characters and `/` is escaped.
    public var queryValue: String {
        var text = ""
        for byte in target.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += byte < 16 ? "%0" : "%"
                text += String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }

    private static func hasDoubledSlash(_ path: Substring) -> Bool {
        zip(path.utf8, path.utf8.dropFirst()).contains { $0 == UInt8(ascii: "/") && $1 == UInt8(ascii: "/") }
    }

    /// An escaped slash or an empty segment right at the start could become an authority in a careless reader.
    private static func startsWithSlash(_ reading: PathReading) -> Bool {
        reading.segments.first.map { $0.isEmpty || $0.utf8.first == UInt8(ascii: "/") } ?? false
    }
}

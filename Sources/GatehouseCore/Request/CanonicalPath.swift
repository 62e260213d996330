/// A request path, kept byte for byte as it was sent, and all the ways in which somebody might read it.
///
/// What has no honest use is refused with `malformed_request`: dot segments in any encoding, `\`, NUL and control bytes,
/// invalid or overlong UTF-8, bytes outside ASCII, a fragment (`#`, `%23`), broken percent escapes, more than 8 KiB, 256 segments
/// or 64 ways to read it.
public struct CanonicalPath: Sendable, Hashable {
    /// The bytes as sent; always starts with `/`.
    public let raw: String
    /// Nothing in the path can be read in two ways.
    public let isPlain: Bool
    /// The readings of a path that is not plain.
    private let ambiguities: [PathReading]

    /// Costs one pass over the bytes for a plain path, one for each reading otherwise.
    public init(_ raw: String) throws(GatehouseError) {
        guard raw.utf8.first == UInt8(ascii: "/"), raw.utf8.count <= 8192 else {
            throw Self.malformed("The path does not start with “/” or is too long.")
        }
        self.raw = raw
        isPlain = try Self.scan(raw.utf8.span)
        ambiguities = isPlain ? [] : try PathReading.all(of: raw)
    }

    /// Every way in which the path could be read; the first is as sent, decoded once. One alone for a plain path, at most 64.
    ///
    /// A trailing slash is never a segment. Doubled slashes, a leading `//` (an authority to some), `%2F`, `%3F`, path parameters (`;…`),
    /// escapes that need not be, escapes of escapes, blanks and dots around a segment and letter case are each read both ways.
    public var readings: [PathReading] {
        guard isPlain else { return ambiguities }
        var segments = raw.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        if segments.last?.isEmpty == true { segments.removeLast() }
        return [PathReading(segments: segments, foldsCase: false)]
    }

    /// Whether every reading has the same segment at `index`, letter case aside: only then may a policy judge a route parameter by it.
    public func isSettled(at index: Int) -> Bool {
        let readings = readings
        guard readings[0].segments.indices.contains(index) else { return false }
        let text = readings[0].segments[index]
        return readings.allSatisfy { reading in
            guard !reading.foldsCase else { return true }
            guard reading.segments.indices.contains(index) else { return false }
            return reading.segments[index] == text || PathReading.decoded(reading.segments[index]) == text
        }
    }

    /// Whether the path is plain; throws for bytes that no path may hold.
    private static func scan(_ bytes: Span<UInt8>) throws(GatehouseError) -> Bool {
        var plain = true
        var previous: UInt8 = 0
        var slashes = 0
        for index in bytes.indices {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "/"):
                if previous == UInt8(ascii: "/") || previous == UInt8(ascii: ".") { plain = false }
                slashes += 1
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "%"), UInt8(ascii: ";"): plain = false
            case 0...0x20, 0x7f...0xff, UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "?"):
                throw malformed("The path holds a byte that no path may hold.")
            default: break
            }
            previous = byte
        }
        guard slashes <= PathReading.mostSegments else { throw tooManySegments }
        return plain && previous != UInt8(ascii: ".")
    }

    static var tooManySegments: GatehouseError { malformed("The path has more than \(PathReading.mostSegments) segments.") }

    static func malformed(_ message: String) -> GatehouseError { GatehouseError(.malformedRequest, message) }
}

/// One way to read a path: its segments, decoded, and whether letter case counts.
public struct PathReading: Sendable, Hashable {
    /// In a reading that folds letter case they are folded already; see `folded`.
    public let segments: [String]
    /// Literal segments are compared without regard to letter case.
    public let foldsCase: Bool

    static let mostSegments = 256
    static let mostReadings = 64

    /// `text` as those see it for whom letter case does not count: lower case, with ASCII for the letters that some case mapping
    /// makes ASCII (`ı`, `İ`, `ſ`, the Kelvin sign) and for full-width forms.
    public static func folded(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text.lowercased() }
        var result = ""
        for scalar in text.unicodeScalars { result.unicodeScalars.append(asciiTwin(scalar)) }
        return result.lowercased()
    }

    /// Throws `malformed_request` for what has no honest use; the first reading is the path as sent, decoded once.
    static func all(of raw: String) throws(GatehouseError) -> [PathReading] {
        var readings: [PathReading] = []
        for variant in try PathVariants(raw).all {
            let segments = segments(of: variant)
            readings.append(PathReading(segments: segments, foldsCase: false))
            if variant.contains(where: mayFold) {
                let folded = segments.map(folded)
                if !folded.elementsEqual(segments, by: { $0.utf8.elementsEqual($1.utf8) }) {
                    readings.append(PathReading(segments: folded, foldsCase: true))
                }
            }
            guard readings.count <= mostReadings else { throw PathVariants.tooMany }
        }
        return readings
    }

    private static func mayFold(_ byte: UInt8) -> Bool { byte >= 0x80 || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")) }

    /// `text` with its escapes replaced, for comparisons.
    static func decoded(_ text: String) -> String {
        String(decoding: (try? PathVariants.decoded(Array(text.utf8), isStrict: false)) ?? [], as: UTF8.self)
    }

    private static func segments(of path: [UInt8]) -> [String] {
        var pieces = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        return pieces.map { piece in
            piece.contains(PathVariants.innerSlash)
                ? String(decoding: piece.map { $0 == PathVariants.innerSlash ? UInt8(ascii: "/") : $0 }, as: UTF8.self)
                : String(decoding: piece, as: UTF8.self)
        }
    }

    /// The ASCII character that `scalar` can become by case or compatibility mapping, else itself.
    static func asciiTwin(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x0130, 0x0131: "i"
        case 0x017f: "s"
        case 0x212a: "k"
        case 0x2024, 0x2025, 0x2026, 0xfe52: "."
        case 0x2044, 0x2215: "/"
        case 0xff01...0xff5e: Unicode.Scalar(UInt8(scalar.value - 0xfee0))
        default: scalar
        }
    }
}

extension PathReading {
    /// The same segments read by somebody to whom letter case does not count.
    public init(folding reading: PathReading) {
        self.init(segments: reading.segments.map(Self.folded), foldsCase: true)
    }
}

/// One way to read a path: its segments, decoded, and whether letter case counts.
public struct PathReading: Sendable, Hashable {
    public let segments: [String]
    /// Literal segments are compared without regard to letter case.
    public let foldsCase: Bool
}

extension CanonicalPath {
    /// Every way in which the path could be read; the first is as sent. One alone for a plain path, at most 64.
    ///
    /// A trailing slash is never a segment. Doubled slashes, `%2F`, `%3F`, path parameters (`;…`), escapes of escapes and letter
    /// case are each read both ways.
    public var readings: [PathReading] {
        let sent = Self.withoutTrailingSlash(raw.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { Array($0.utf8) })
        if isPlain { return [PathReading(segments: sent.map(Self.text), foldsCase: false)] }
        var variants: [[[UInt8]]] = [sent.map { Self.percentDecoded($0, strict: false) ?? $0 }]
        for transform in Self.transforms {
            for variant in variants {
                let other = transform(variant)
                if other != variant { variants.append(other) }
            }
        }
        var readings: [PathReading] = []
        for segments in variants.map({ $0.map(Self.text) }) {
            readings.append(PathReading(segments: segments, foldsCase: false))
            if segments.contains(where: Self.hasUpperCase) { readings.append(PathReading(segments: segments, foldsCase: true)) }
        }
        return readings
    }

    /// The ways to read one and the same segments differently, each applied to all that came before it.
    private static var transforms: [([[UInt8]]) -> [[UInt8]]] {
        [
            { $0.map { percentDecoded($0, strict: false) ?? $0 } },
            { $0.flatMap { $0.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init) } },
            { $0.map { Array($0.prefix { $0 != UInt8(ascii: ";") }) } },
            { cut($0) },
            { $0.filter { !$0.isEmpty } },
        ]
    }

    /// The segments up to the first `?`.
    private static func cut(_ segments: [[UInt8]]) -> [[UInt8]] {
        guard let index = segments.firstIndex(where: { $0.contains(UInt8(ascii: "?")) }) else { return segments }
        return segments[..<index] + [Array(segments[index].prefix { $0 != UInt8(ascii: "?") })]
    }

    private static func withoutTrailingSlash(_ segments: [[UInt8]]) -> [[UInt8]] {
        segments.last?.isEmpty == true ? segments.dropLast() : segments
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func hasUpperCase(_ text: String) -> Bool {
        text.utf8.contains { ($0 >= 65 && $0 <= 90) || $0 >= 0x80 } && text.lowercased() != text
    }
}

extension PathVariants {
    /// The ways to read one and the same bytes differently, each applied to all that came before it; `nil` where it changes nothing.
    static let transforms: [@Sendable ([UInt8]) -> [UInt8]?] = [
        withInnerSlashes, withoutParameters, withoutQuery, withoutPadding, withoutAuthority, withMergedSlashes,
    ]

    private static func withInnerSlashes(_ path: [UInt8]) -> [UInt8]? {
        guard path.contains(innerSlash) else { return nil }
        return path.map { $0 == innerSlash ? UInt8(ascii: "/") : $0 }
    }

    /// Each segment without what follows its first `;` (RFC 3986 section 3.3).
    private static func withoutParameters(_ path: [UInt8]) -> [UInt8]? {
        guard path.contains(UInt8(ascii: ";")) else { return nil }
        var isParameter = false
        return path.filter { byte in
            if byte == UInt8(ascii: ";") { isParameter = true }
            if byte == UInt8(ascii: "/") { isParameter = false }
            return !isParameter
        }
    }

    private static func withoutQuery(_ path: [UInt8]) -> [UInt8]? {
        path.firstIndex(of: UInt8(ascii: "?")).map { Array(path[..<$0]) }
    }

    /// Each segment without blanks around it and dots at its end.
    private static func withoutPadding(_ path: [UInt8]) -> [UInt8]? {
        guard path.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) else { return nil }
        let segments = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { segment in
            var segment = segment.drop { $0 == UInt8(ascii: " ") }
            while segment.last == UInt8(ascii: ".") || segment.last == UInt8(ascii: " ") { segment.removeLast() }
            return segment
        }
        return Array(segments.joined(separator: [UInt8(ascii: "/")]))
    }

    /// What follows `//host`: some servers parse the target as a URL reference.
    private static func withoutAuthority(_ path: [UInt8]) -> [UInt8]? {
        guard path.starts(with: "//".utf8) else { return nil }
        let rest = path.drop { $0 == UInt8(ascii: "/") }.drop { $0 != UInt8(ascii: "/") }
        return rest.isEmpty ? [UInt8(ascii: "/")] : Array(rest)
    }

    private static func withMergedSlashes(_ path: [UInt8]) -> [UInt8]? {
        var previous: UInt8?
        let merged = path.filter { byte in
            defer { previous = byte }
            return byte != UInt8(ascii: "/") || previous != byte
        }
        return merged.count == path.count ? nil : merged
    }
}

import NIOHTTP1

/// How long an answer may be kept, by RFC 9111, as far as a private cache of one thing needs it.
enum CacheControl {
    /// What is left of `max-age` after `Age`; zero for `no-store` and `no-cache`, `nil` where nothing is said. The least of several counts.
    static func maxAge(_ headers: HTTPHeaders) -> Duration? {
        var least: Int64?
        for directive in headers[canonicalForm: "Cache-Control"] {
            let parts = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch parts.first?.lowercased() {
            case "no-store", "no-cache": return .zero
            // An age that cannot be read is none at all (section 4.2.1).
            case "max-age": least = min(least ?? .max, parts.dropFirst().first.flatMap(seconds) ?? 0)
            default: break
            }
        }
        guard let least else { return nil }
        let age = headers[canonicalForm: "Age"].first.flatMap(seconds) ?? 0
        return .seconds(max(0, least - age))
    }

    /// Digits, quoted or not; more than fit mean 2³¹ (section 1.2.2).
    private static func seconds(_ text: Substring) -> Int64? {
        let isQuoted = text.utf8.count >= 2 && text.utf8.first == UInt8(ascii: "\"") && text.utf8.last == UInt8(ascii: "\"")
        let digits = isQuoted ? text.dropFirst().dropLast() : text
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        return min(Int64(digits) ?? .max, 1 << 31)
    }
}

/// Keeps Gatehouse's own cookies between the client and Gatehouse.
///
/// Over the bytes themselves, as browsers and servers read cookies: every request of a browser brings some.
enum CookieRules {
    /// A `Cookie` value without our cookies, the rest byte for byte; `nil` when nothing is left.
    static func stripped(_ value: String) -> String? {
        let bytes = value.utf8.span
        guard mentionsOurs(bytes) else { return value }
        var kept: [UInt8] = []
        var (start, isFirst, isEmpty) = (0, true, true)
        while start <= bytes.count {
            let pair = start..<(firstIndex(of: UInt8(ascii: ";"), in: bytes, start..<bytes.count) ?? bytes.count)
            start = pair.upperBound + 1
            if isOurs(bytes, name(of: pair, in: bytes)) { continue }
            if !isFirst { kept.append(UInt8(ascii: ";")) }
            isFirst = false
            for index in pair {
                kept.append(bytes[index])
                if !isSpace(bytes[index]) { isEmpty = false }
            }
        }
        return isEmpty ? nil : String(decoding: kept.drop(while: isSpace), as: UTF8.self)
    }

    /// Whether a `Set-Cookie` value would set a cookie that comes back to us as ours, whichever way a browser reads it.
    static func setsOurs(_ value: String) -> Bool {
        let bytes = value.utf8.span
        guard mentionsOurs(bytes) else { return false }
        let pair = 0..<(firstIndex(of: UInt8(ascii: ";"), in: bytes, bytes.indices) ?? bytes.count)
        if isOurs(bytes, name(of: pair, in: bytes)) { return true }
        var start = 0
        while start < pair.upperBound, isSpace(bytes[start]) || bytes[start] == UInt8(ascii: "=") { start += 1 }
        return isOurs(bytes, name(of: start..<pair.upperBound, in: bytes))
    }

    /// Whether a cookie of this name is ours: `gatehouse`, `gatehouse-…`, `gatehouse.…`, `gatehouse_…`, with or without a name prefix.
    private static func isOurs(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        var start = name.lowerBound
        for prefix: StaticString in ["__Host-", "__Secure-"] where begins(bytes, start..<name.upperBound, with: prefix) {
            start += prefix.utf8CodeUnitCount
        }
        guard begins(bytes, start..<name.upperBound, with: ours) else { return false }
        let next = start + ours.utf8CodeUnitCount
        if next == name.upperBound { return true }
        return bytes[next] == UInt8(ascii: "-") || bytes[next] == UInt8(ascii: ".") || bytes[next] == UInt8(ascii: "_")
    }

    private static let ours: StaticString = "gatehouse"

    private static func name(of pair: Range<Int>, in bytes: Span<UInt8>) -> Range<Int> {
        var start = pair.lowerBound
        var end = firstIndex(of: UInt8(ascii: "="), in: bytes, pair) ?? pair.upperBound
        while start < end, isSpace(bytes[start]) { start += 1 }
        while start < end, isSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        for index in range where bytes[index] == byte { return index }
        return nil
    }

    private static func begins(_ bytes: Span<UInt8>, _ range: Range<Int>, with text: StaticString) -> Bool {
        guard range.count >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { text in
            for index in text.indices where bytes[range.lowerBound + index] != text[index] { return false }
            return true
        }
    }

    /// A quick look that spares most values the splitting.
    private static func mentionsOurs(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where bytes[index] == UInt8(ascii: "g") {
            if begins(bytes, index..<bytes.count, with: ours) { return true }
        }
        return false
    }
}

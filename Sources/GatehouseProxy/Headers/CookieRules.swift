/// Keeps Gatehouse's own cookies between the client and Gatehouse.
enum CookieRules {
    /// Whether a cookie of this name is ours: `gatehouse`, `gatehouse-…`, `gatehouse.…`, with or without a name prefix.
    static func isOurs(_ name: some StringProtocol) -> Bool {
        var bytes = name.utf8[...]
        for prefix in ["__Host-", "__Secure-"] where bytes.starts(with: prefix.utf8) { bytes = bytes.dropFirst(prefix.utf8.count) }
        guard bytes.starts(with: "gatehouse".utf8) else { return false }
        let next = bytes.dropFirst(9).first
        return next == nil || next == UInt8(ascii: "-") || next == UInt8(ascii: ".") || next == UInt8(ascii: "_")
    }

    /// A `Cookie` value without our cookies, the rest byte for byte; `nil` when nothing is left.
    static func stripped(_ value: String) -> String? {
        guard mentionsOurs(value) else { return value }
        let kept = value.split(separator: ";", omittingEmptySubsequences: false).filter { !isOurs(name(of: $0)) }
        if kept.allSatisfy({ $0.utf8.allSatisfy(isSpace) }) { return nil }
        let joined = kept.joined(separator: ";")
        return String(joined.drop { $0 == " " || $0 == "\t" })
    }

    /// Whether a `Set-Cookie` value would set a cookie that comes back to us as ours, whichever way a browser reads it.
    static func setsOurs(_ value: String) -> Bool {
        guard mentionsOurs(value) else { return false }
        let pair = value.prefix { $0 != ";" }
        return isOurs(name(of: pair)) || isOurs(name(of: pair.drop { $0 == "=" || $0 == " " || $0 == "\t" }))
    }

    private static func name(of pair: Substring) -> Substring {
        var name = pair.prefix { $0 != "=" }
        while let first = name.utf8.first, isSpace(first) { name.removeFirst() }
        while let last = name.utf8.last, isSpace(last) { name.removeLast() }
        return name
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// A quick look that spares most values the splitting.
    private static func mentionsOurs(_ value: String) -> Bool {
        var rest = value.utf8[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "g")) {
            if rest[start...].starts(with: "gatehouse".utf8) { return true }
            rest = rest[rest.index(after: start)...]
        }
        return false
    }
}

import GatehouseCore
import GatehouseProxy

extension ValueKind where Value == AddressRange {
    static let addressRange = ValueKind("address range", write: \.description) { (text) throws(GatehouseError) in
        do {
            return try AddressRange(text)
        } catch {
            throw remedy("holds “\(text.prefix(64))”, which is no address range: write it like 10.0.0.0/8 or fd00::/8")
        }
    }
}

extension ValueKind where Value == Origin {
    /// `https://host[:port]`; plain http only where the host is this machine.
    static let publicURL = ValueKind("https URL", write: \.description) { (text) throws(GatehouseError) in
        guard let origin = Origin(text.hasSuffix("/") ? text.dropLast() : text[...]) else {
            throw remedy("is no URL of a scheme and a host: write it like https://app.example.com, without a path")
        }
        guard origin.scheme == .https || origin.host.isLoopback else {
            throw remedy("is not https: browsers would send passwords and cookies in the clear; use https, or localhost in development")
        }
        return origin
    }
}

extension ValueKind where Value == StoreLocation {
    static let store = ValueKind("store URL", write: \.description, fromText: { (text) throws(GatehouseError) in try StoreLocation(text) })
}

extension ValueKind where Value == UITarget {
    /// A URL, or a command as one line or as a list of words.
    static let ui = ValueKind("URL or command", write: { _ in "" }) { (node, _) throws(GatehouseError) in
        if case .list(let members) = node.content {
            var words: [String] = []
            for member in members { words.append(try member.text(wanted: "a word of the command")) }
            return .command(try UICommand(words: words))
        }
        let text = try node.text(wanted: "a URL or a command")
        guard text.contains("://"), !text.contains(" ") else { return .command(try UICommand(parsing: text)) }
        return .url(try UpstreamAddress(text))
    }
}

extension ValueKind where Value == UpstreamAddress {
    static let upstreamAddress = ValueKind(
        "http URL", write: \.description, fromText: { (text) throws(GatehouseError) in try UpstreamAddress(text) })
}

extension ValueKind where Value == String {
    /// An absolute path of plain segments, the same in every reading.
    static func path(allowsRoot: Bool) -> ValueKind {
        ValueKind("path", write: { $0 }) { (text) throws(GatehouseError) in
            if allowsRoot, text == "/" { return text }
            guard text.hasPrefix("/"), segments(text).allSatisfy(isPlain) else {
                throw remedy(
                    "is not a plain path: write it like /reports, with letters, digits and - . _ ~ only, without a slash at the end")
            }
            return text
        }
    }

    /// The same, in which `{name}` stands for one segment.
    static let guardedPath = ValueKind("path", write: { $0 }) { (text) throws(GatehouseError) in
        if text == "/" { return text }
        let names = segments(text).compactMap { GuardSettings.parameter(String($0)) }
        let isSound = segments(text).allSatisfy { segment in
            guard let name = GuardSettings.parameter(String(segment)) else { return isPlain(segment) }
            return !name.isEmpty && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || isLetterOrDigit($0) }
        }
        guard text.hasPrefix("/"), isSound, Set(names).count == names.count else {
            throw remedy(
                "is not a plain path: write it like /reports or /{tenant}/reports, with letters, digits and - . _ ~ only, each name once, without a slash at the end"
            )
        }
        return text
    }

    private static func segments(_ path: String) -> [Substring] { path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) }

    private static func isPlain(_ segment: Substring) -> Bool {
        !segment.isEmpty && segment != "." && segment != ".."
            && segment.utf8.allSatisfy { isLetterOrDigit($0) || "-._~".utf8.contains($0) }
    }
}

/// In ASCII.
func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
}

/// The name and port that a request was addressed to, in one canonical form.
///
/// Lower case, without a trailing dot, IPv6 literals in their shortest form, a default port left out.
public struct Host: Sendable, Hashable, CustomStringConvertible {
    public let name: String
    /// `nil` where the scheme's own port is meant.
    public let port: UInt16?

    /// Reads the value of a `Host` field (RFC 9110 section 7.2); throws `malformed_request` for anything else.
    ///
    /// Names outside ASCII are refused; their punycode form is a name like any other.
    public init(_ text: some StringProtocol, scheme: Scheme) throws(GatehouseError) { try self.init(name: Substring(text), scheme) }

    private init(name text: Substring, _ scheme: Scheme) throws(GatehouseError) {
        guard (1...300).contains(text.utf8.count) else { throw Self.malformed }
        var name = text
        var port: UInt16?
        if name.utf8.first == UInt8(ascii: "[") {
            guard let end = name.firstIndex(of: "]") else { throw Self.malformed }
            let literal = name[name.index(after: name.startIndex)..<end]
            port = try Self.port(name[name.index(after: end)...])
            guard let address = IPAddress(literal), literal.contains(":") else { throw Self.malformed }
            self.name = "[\(address.isIPv4 ? "::ffff:\(address)" : "\(address)")]"
        } else {
            if let colon = name.firstIndex(of: ":") {
                port = try Self.port(name[colon...])
                name = name[..<colon]
            }
            // Bytes are judged before anything is cut off: cutting goes by characters, and one of them can swallow more than a dot.
            guard name.utf8.allSatisfy(Self.isNameByte) else { throw Self.malformed }
            if name.utf8.last == UInt8(ascii: ".") { name.removeLast() }
            guard !Self.hasEmptyLabel(name.utf8) else { throw Self.malformed }
            self.name = name.utf8.contains { $0 >= 65 && $0 <= 90 } ? name.lowercased() : String(name)
        }
        self.port = port == scheme.defaultPort ? nil : port
    }

    public var description: String { port.map { "\(name):\($0)" } ?? name }

    /// Whether the name can only mean this machine: `localhost`, `127.0.0.1`, `[::1]`.
    public var isLoopback: Bool { name == "localhost" || name == "127.0.0.1" || name == "[::1]" }

    private static func port(_ text: Substring) throws(GatehouseError) -> UInt16? {
        if text.isEmpty { return nil }
        let digits = text.dropFirst()
        guard text.utf8.first == UInt8(ascii: ":"), (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }), let port = UInt16(digits), port > 0
        else { throw malformed }
        return port
    }

    /// A dot at either end, two in a row, or nothing at all.
    private static func hasEmptyLabel(_ name: Substring.UTF8View) -> Bool {
        var previous = UInt8(ascii: ".")
        for byte in name {
            if byte == UInt8(ascii: "."), previous == UInt8(ascii: ".") { return true }
            previous = byte
        }
        return previous == UInt8(ascii: ".")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static var malformed: GatehouseError { GatehouseError(.malformedRequest, "The Host field is not a host name with an optional port.") }
}

/// `http` or `https`, as the client used it.
public enum Scheme: String, Sendable, Hashable, Codable {
    case http, https

    public var defaultPort: UInt16 { self == .http ? 80 : 443 }
}

/// Scheme, host and port: what a browser calls an origin (RFC 6454).
public struct Origin: Sendable, Hashable, CustomStringConvertible {
    public let scheme: Scheme
    public let host: Host

    public init(scheme: Scheme, host: Host) {
        self.scheme = scheme
        self.host = host
    }

    /// Reads a serialised origin such as `https://app.example.com`; `nil` for `null` and anything else.
    public init?(_ text: some StringProtocol) {
        let scheme: Scheme
        let rest: Substring
        if text.hasPrefix("https://") {
            (scheme, rest) = (.https, Substring(text.dropFirst(8)))
        } else if text.hasPrefix("http://") {
            (scheme, rest) = (.http, Substring(text.dropFirst(7)))
        } else {
            return nil
        }
        guard let host = try? Host(rest, scheme: scheme) else { return nil }
        self.init(scheme: scheme, host: host)
    }

    public var description: String { "\(scheme.rawValue)://\(host)" }
}

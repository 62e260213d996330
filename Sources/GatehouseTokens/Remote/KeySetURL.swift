public import GatehouseCore

/// Where a key set may be: any host over https, this machine also over http.
///
/// Only what every reader takes apart alike: no user information, no fragment, nothing outside ASCII, and no number for a host but an
/// IPv4 address in four decimal parts or an IPv6 address in brackets.
public struct KeySetURL: Sendable, Hashable {
    public let text: String
    public let origin: Origin

    /// Throws `configuration_invalid` with the remedy.
    public init(_ text: String) throws(GatehouseError) {
        guard let authority = Self.authority(of: text), let origin = Origin(authority) else {
            throw Self.refusal(text, "is no plain https URL; write it like https://login.example.com/keys")
        }
        let name = origin.host.name
        let literal = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        let address = IPAddress(literal)
        guard address != nil || !Self.endsInNumber(name) else {
            throw Self.refusal(text, "has a number for a host that is no address in the usual form")
        }
        guard origin.scheme == .https || origin.host.isLoopback || address?.isLoopback == true else {
            throw Self.refusal(text, "is not encrypted; use https (http is taken for this machine alone)")
        }
        self.text = text
        self.origin = origin
    }

    /// Scheme, host and port as written, if all behind them is harmless.
    private static func authority(of text: String) -> Substring? {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !#"#\"<>^`{|}"#.utf8.contains($0) }) else { return nil }
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        return text[..<end]
    }

    /// Whether URL readers would take the host for an IPv4 address: its last label is a number, be it hexadecimal.
    private static func endsInNumber(_ name: String) -> Bool {
        guard let last = name.split(separator: ".").last else { return false }
        return last.utf8.first.map { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } == true
            && (last.allSatisfy(\.isHexDigit) || last.hasPrefix("0x"))
    }

    private static func refusal(_ text: String, _ reason: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "The key set's URL “\(text.prefix(200))” \(reason).")
    }
}

/// A range of addresses in CIDR notation (RFC 4632): `10.0.0.0/8`, `fd00::/8`, or a single address.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let base: IPAddress
    private let length: Int

    /// Throws `configuration_invalid` for anything that is no address or whose prefix length does not fit.
    public init(_ text: String) throws(GatehouseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { throw Self.malformed(text) }
        let longest = address.isIPv4 ? 32 : 128
        guard parts.count == 2 else {
            base = address
            length = longest
            return
        }
        // A mapped address such as ::ffff:10.0.0.0 is written, and its prefix counted, in 128 bits.
        let offset = address.isIPv4 && parts[0].utf8.contains(UInt8(ascii: ":")) ? 96 : 0
        guard let written = Int(parts[1]), "\(written)".utf8.elementsEqual(parts[1].utf8), (offset...offset + longest).contains(written) else {
            throw Self.malformed(text)
        }
        length = written - offset
        base = address.masked(to: length)
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == base.isIPv4 && address.masked(to: length) == base
    }

    public var description: String { "\(base)/\(length)" }

    private static func malformed(_ text: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "“\(text.prefix(64))” is no address range; write it like 10.0.0.0/8 or fd00::/8.")
    }
}

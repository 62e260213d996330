/// A validated name from a set that applications extend: a role, permission, scope or tenant.
///
/// Spaces, commas, quotes and control characters are refused, so a name can stand in a header or a list as it is.
public protocol OpenName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible, Codable {
    var rawValue: String { get }
    init(validating name: String) throws(GatehouseError)
}

extension OpenName {
    public var description: String { rawValue }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    public init(from decoder: any Decoder) throws {
        try self.init(validating: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    static func validated(_ name: String) throws(GatehouseError) -> String {
        guard isValid(name) else {
            throw GatehouseError(
                .configurationInvalid,
                "“\(name.prefix(64))” is not a valid \(Self.self): use 1 to 128 of the characters A-Z a-z 0-9 . _ : / * -")
        }
        return name
    }

    static func literal(_ name: String) -> String {
        precondition(isValid(name), "“\(name)” is not a valid \(Self.self)")
        return name
    }

    private static func isValid(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".-_:/*".utf8.contains(byte)
                }
            }
    }
}

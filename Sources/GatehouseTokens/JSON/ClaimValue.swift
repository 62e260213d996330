/// A small JSON value, for claims of one's own.
public enum ClaimValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Written as the shortest text that reads back the same; one that is not finite cannot be issued.
    case number(Double)
    case string(String)
    case array([ClaimValue])
    case object([String: ClaimValue])
}

extension ClaimValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(arrayLiteral elements: ClaimValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, ClaimValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
    public init(nilLiteral: ()) { self = .null }
}

extension StrictJSON.Element {
    /// The whole value, decoded.
    public var value: ClaimValue {
        if let string { return .string(string) }
        if let integer { return .integer(integer) }
        if let number { return .number(number) }
        if let bool { return .bool(bool) }
        if let array { return .array(array.map(\.value)) }
        if let members { return .object(Dictionary(members.map { ($0.name, $0.value.value) }) { first, _ in first }) }
        return .null
    }
}

/// A limit that a token or key carries, in the words of RFC 6749 section 3.3, such as `orders.read`.
///
/// Applications add their own with static members: `extension Scope { static let readOrders: Self = "orders.read" }`.
public struct Scope: OpenName {
    public let rawValue: String

    /// Throws `configuration_invalid` unless `name` is 1–128 characters of `A-Z a-z 0-9 . _ : / * -`.
    public init(validating name: String) throws(GatehouseError) {
        rawValue = try Self.validated(name)
    }

    /// Traps at once if the literal is not a valid name: a mistake in the program, found at start.
    public init(stringLiteral name: String) {
        rawValue = Self.literal(name)
    }
}

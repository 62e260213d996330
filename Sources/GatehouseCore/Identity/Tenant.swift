/// One customer, team or site whose users, roles and sessions are apart from every other's.
public struct Tenant: Sendable, Hashable {
    /// A tenant's stable identifier.
    public struct ID: OpenName {
        public let rawValue: String

        /// Throws `configuration_invalid` unless `name` is 1–128 characters of `A-Z a-z 0-9 . _ : / * -`.
        public init(validating name: String) throws(GatehouseError) {
            rawValue = try Self.validated(name)
        }

        /// Traps at once if the literal is not a valid name: a mistake in the program, found at start.
        public init(stringLiteral name: String) {
            rawValue = Self.literal(name)
        }

        /// The tenant of a store that was never divided.
        public static let `default`: ID = "default"
    }

    public let id: ID
    public var name: String

    public init(id: ID, name: String) {
        self.id = id
        self.name = name
    }
}

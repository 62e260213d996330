import GatehouseCore

/// Reads the members of a JSON object and remembers which are not of the type that they should have, so that a client hears of all.
struct CheckedFields<Key: CodingKey> {
    private let container: KeyedDecodingContainer<Key>
    private(set) var problems: [FieldError] = []

    init(_ container: KeyedDecodingContainer<Key>) { self.container = container }

    /// `nil` for a member that is absent, `null`, or of another type.
    mutating func read<Value: Decodable>(_ type: Value.Type, _ key: Key, isRequired: Bool = false) -> Value? {
        do {
            if let value = try container.decodeIfPresent(type, forKey: key) { return value }
            if isRequired { problems.append(FieldError(field: key.stringValue, code: "required", message: "This is required.")) }
        } catch {
            problems.append(FieldError(field: key.stringValue, code: "invalid", message: "This is not of the right type."))
        }
        return nil
    }

    /// Throws `validation_failed` where something was wrong.
    func finish(_ message: String) throws(GatehouseError) {
        guard problems.isEmpty else { throw GatehouseError(.validationFailed, message, fields: problems) }
    }
}

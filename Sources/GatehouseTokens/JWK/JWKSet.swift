public import GatehouseCore

/// A set of public keys (RFC 7517 section 5).
public struct JWKSet: Sendable {
    public let keys: [JWK]

    /// A set to publish.
    public init(_ keys: [JWK]) { self.keys = keys }

    /// Reads a fetched set and leaves out what is no good: unusable keys, both of a duplicate `kid`, and unnamed keys where
    /// there are several. Throws `invalid_key` when it is not a key set at all, or one of more than 256 keys.
    public init(json: [UInt8]) throws(GatehouseError) {
        let elements = try Self.elements(of: json)
        guard elements.count <= 256 else { throw GatehouseError(.invalidKey, "The key set has \(elements.count) keys; 256 at most.") }
        let good = elements.compactMap { element -> JWK? in
            guard let key = try? JWK(element), (try? VerificationKey(key)) != nil else { return nil }
            return key
        }
        let names = Dictionary(grouping: good, by: \.kid)
        keys = good.filter { key in good.count == 1 || (key.kid != nil && names[key.kid]?.count == 1) }
    }

    /// Reads a set made by hand. Throws `invalid_key` for the first thing that is wrong with it.
    public init(configured json: [UInt8]) throws(GatehouseError) {
        var keys: [JWK] = []
        for element in try Self.elements(of: json) { keys.append(try JWK(element)) }
        self.keys = keys
        _ = try KeyRing(self)
    }

    private static func elements(of json: [UInt8]) throws(GatehouseError) -> [StrictJSON.Element] {
        guard let elements = try StrictJSON(json, refusingWith: .invalidKey).root["keys"]?.array else {
            throw GatehouseError(.invalidKey, "A key set is a JSON object with an array “keys”.")
        }
        return elements
    }

    /// The set as compact JSON, public members only.
    public func json() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("keys")
        writer.beginArray()
        for key in keys { key.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}

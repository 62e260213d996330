#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The payload of a verified token, kept as the bytes that were signed and decoded only when asked.
public struct Claims: Sendable, Hashable {
    /// The JSON object as it was signed.
    public let json: [UInt8]

    /// - Parameter json: a JSON object that a verifier has already read strictly.
    public init(json: [UInt8]) { self.json = json }

    /// Decodes the payload; costs a JSON pass each time. Throws `invalid_token` when it has not this shape.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(GatehouseError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(json))
        } catch {
            throw GatehouseError(.invalidToken, "The token's claims are not of the shape \(type).", cause: error)
        }
    }
}

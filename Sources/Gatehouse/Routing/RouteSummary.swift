/// One route as `gatehouse routes` lists it: path, methods and what it needs.
public struct RouteSummary: Sendable, Hashable, Codable {
    public let path: String
    /// `*` where the route answers to every method.
    public let methods: [String]
    public let guardDescription: String
    /// What answers: `api`, `page`, or an upstream's address.
    public let target: String
    /// How a caller may say who it is: `session`, `access_token`, `foreign_token`, `api_key`, `basic`, `trusted_proxy`, `custom`; none
    /// where everybody is admitted.
    public let credentials: [String]

    enum CodingKeys: String, CodingKey {
        case path, methods, target, credentials
        case guardDescription = "guard"
    }
}

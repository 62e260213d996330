public import GatehouseCore

/// A request that nobody sends: what `gate.explain` is asked about.
public struct ExplainedRequest: Sendable {
    /// Whose request it would be.
    public enum Credential: Sendable {
        case none
        /// What would stand behind `Authorization: Bearer`.
        case bearer(Secret<String>)
        /// What would stand in `X-API-Key`.
        case apiKey(Secret<String>)
        /// Somebody with this user name or e-mail address who has just signed in, by the session's cookie.
        case user(String)
    }

    public var method: String
    /// Path and query, as in the request line.
    public var target: String
    public var credential: Credential
    /// Whose connection the request would come in on; matters to keys with a list of addresses and to what only trusted proxies may say.
    public var client: IPAddress?
    /// The `Host` of the request; the public URL's where it is not given.
    public var host: String?
    /// Further fields, in their order, such as one that names the tenant or holds another credential.
    public var fields: [(name: String, value: String)]

    public init(
        _ method: String, _ target: String, credential: Credential = .none, client: IPAddress? = nil, host: String? = nil,
        fields: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.target = target
        self.credential = credential
        self.client = client
        self.host = host
        self.fields = fields
    }
}

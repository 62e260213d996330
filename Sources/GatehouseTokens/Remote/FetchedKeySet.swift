/// A key set as it came from its issuer.
public struct FetchedKeySet: Sendable {
    /// The body, not read yet.
    public var json: [UInt8]
    /// How long it may be kept, as the answer says (RFC 9111); `nil` where it does not say, zero for `no-store`.
    public var maxAge: Duration?

    public init(json: [UInt8], maxAge: Duration? = nil) {
        self.json = json
        self.maxAge = maxAge
    }
}

/// Fetches a key set. It ends within a time of its own and throws for every answer that is no success.
public typealias KeySetFetch = @Sendable (_ url: String) async throws -> FetchedKeySet

/// How key sets of other issuers are kept.
public struct KeySetSettings: Sendable {
    /// The shortest and the longest time that a set is kept, whatever its answer says.
    public var age: ClosedRange<Duration> = .seconds(60) ... .seconds(24 * 3600)
    /// How long it is kept where the answer does not say.
    public var defaultAge: Duration = .seconds(300)
    /// At most one refetch in this time is made for tokens with an unknown `kid`.
    public var coolDown: Duration = .seconds(30)
    /// How much longer than its time a set is used while its issuer does not answer.
    public var staleFor: Duration = .seconds(24 * 3600)
    /// How long to wait after a failed fetch; doubles with each failure, up to `longestBackOff`.
    public var firstBackOff: Duration = .seconds(1)
    public var longestBackOff: Duration = .seconds(30)
    /// The greatest set, in bytes.
    public var maximumBytes = 1024 * 1024
    /// How many requests may wait for one fetch.
    public var maximumWaiters = 1000

    public init() {}
}

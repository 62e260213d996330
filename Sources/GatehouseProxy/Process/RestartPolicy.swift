/// When a UI process that ended is started again.
public struct RestartPolicy: Sendable {
    /// How long to wait after the first failure; doubles with each further one.
    public var initialDelay: Duration
    /// The longest wait.
    public var maximumDelay: Duration
    /// So many failures without a stable run between them end the service.
    public var failuresToGiveUp: Int
    /// A process that ran this long was stable: the count begins anew.
    public var stableAfter: Duration

    public init(
        initialDelay: Duration = .milliseconds(500), maximumDelay: Duration = .seconds(30), failuresToGiveUp: Int = 5,
        stableAfter: Duration = .seconds(60)
    ) {
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
        self.failuresToGiveUp = failuresToGiveUp
        self.stableAfter = stableAfter
    }
}

/// The failures counted so far under a policy.
struct Restarts {
    let policy: RestartPolicy
    private(set) var failures = 0

    init(_ policy: RestartPolicy) { self.policy = policy }

    /// The delay before the next start; `nil` when it is time to give up.
    mutating func delay(afterRunning lifetime: Duration) -> Duration? {
        failures = lifetime >= policy.stableAfter ? 1 : failures + 1
        guard failures < policy.failuresToGiveUp else { return nil }
        return min(policy.maximumDelay, policy.initialDelay * (1 << min(failures - 1, 16)))
    }
}

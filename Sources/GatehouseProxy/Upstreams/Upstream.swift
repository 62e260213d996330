public import GatehouseCore
public import NIOCore

/// A server behind the gateway: what it is asked for, where it listens, who may reach it and what it learns of them.
///
/// ```swift
/// Upstream("/reports", to: "http://127.0.0.1:3000").requiring(.anyRole("analyst"))
/// ```
public struct Upstream: Sendable {
    /// How an upstream learns who is signed in; with `bearer` it gets the headers too.
    public enum Identity: String, Sendable, Hashable, CaseIterable { case headers, bearer, none }

    /// How long the upstream is waited for; then 504 `upstream_timeout`.
    public struct Timeouts: Sendable, Hashable {
        public var connect: TimeAmount = .seconds(5)
        /// From the end of the request to the head of the response.
        public var firstByte: TimeAmount = .seconds(60)
        /// Between two pieces of a body, in either direction. Tunnels have no such limit.
        public var idle: TimeAmount = .seconds(300)

        public init() {}
    }

    /// The path under which the upstream is reached; it stands for itself and everything below it. `/` is everything.
    public let path: String
    public let target: Target
    /// `nil` until somebody says who may reach the upstream; it does not start like that.
    public private(set) var policy: Policy?
    /// Paths at or below its own whose visitors have to meet another policy beside.
    public private(set) var guards: [(path: String, policy: Policy)] = []
    public private(set) var identity = Identity.headers
    public private(set) var timeouts = Timeouts()
    /// Whether the upstream's pages may register service workers, which outlive a sign-out.
    public private(set) var allowsServiceWorker = false

    /// Whether it is a program that Gatehouse runs: its token is for our API and lasts as long as the session.
    public private(set) var isSupervised = false

    /// Whether it may be sent anything now.
    private(set) var isAvailable: @Sendable () -> Bool = { true }

    let segments: [String]
    let pool: UpstreamPool

    /// - Parameter path: a path prefix such as `/reports`; it is forwarded with the rest, not cut off.
    public init(_ path: String, to target: Target) {
        self.path = path
        self.target = target
        segments = path.split(separator: "/").map(String.init)
        pool = UpstreamPool(target)
    }

    public func requiring(_ policy: Policy) -> Upstream { with { $0.policy = policy } }
    /// Those who are admitted have to meet `policy` too at `path`, which is the upstream's or lies below it, and at everything below; of
    /// several such paths the longest decides. A segment may be a parameter, as in `/of/{tenant}`.
    public func requiring(_ policy: Policy, at path: String) -> Upstream { with { $0.guards.append((path, policy)) } }
    public func identity(_ identity: Identity) -> Upstream { with { $0.identity = identity } }
    public func timeouts(_ timeouts: Timeouts) -> Upstream { with { $0.timeouts = timeouts } }
    public func allowingServiceWorker(_ allowed: Bool = true) -> Upstream { with { $0.allowsServiceWorker = allowed } }

    /// Asks `check` before each request; where it says no, the request is 502 `upstream_unavailable` and nothing is sent.
    ///
    /// While a supervised program is down anybody could hold its port: `.available { process.state == .ready }`.
    public func available(_ check: @escaping @Sendable () -> Bool) -> Upstream { with { $0.isAvailable = check } }

    /// A program that Gatehouse runs itself (`UIProcess`); it gets a bearer token unless `identity` says otherwise afterwards.
    public func supervised() -> Upstream {
        with {
            $0.isSupervised = true
            $0.identity = .bearer
        }
    }

    private func with(_ change: (inout Upstream) -> Void) -> Upstream {
        var copy = self
        change(&copy)
        return copy
    }
}

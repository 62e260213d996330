public import GatehouseCore
import Synchronization

/// Forwards authorised requests to upstreams: HTTP, streams of events and WebSockets.
///
/// It is a `Service`: while it runs it watches the open tunnels, and at the end it closes them.
public struct ReverseProxy: Sendable {
    /// What the proxy asks of those who know about sessions and tokens.
    public struct Hooks: Sendable {
        /// The bearer token for an upstream whose identity form is `bearer`; `nil` sends none.
        public var bearer: @Sendable (Principal, Upstream) async throws -> String?
        /// The same token where nobody has to be waited for; `nil` leaves it to `bearer`.
        package var knownBearer: @Sendable (Principal, Upstream) -> String? = { _, _ in nil }
        /// Whether what opened a tunnel (session, key, token) still stands; asked every second for each open tunnel and stream of events.
        /// Throws where it cannot be told just now. By default a credential stands until its end.
        public var isAlive: @Sendable (TunnelOwner) async throws -> Bool
        /// The person behind a tunnel did something; called at most once a minute for each tunnel.
        public var onActivity: @Sendable (TunnelOwner) async -> Void

        public init(
            bearer: @escaping @Sendable (Principal, Upstream) async throws -> String? = { _, _ in nil },
            isAlive: @escaping @Sendable (TunnelOwner) async throws -> Bool = { owner in
                owner.expiresAt.map { $0 > WallClock.system.now() } ?? true
            },
            onActivity: @escaping @Sendable (TunnelOwner) async -> Void = { _ in }
        ) {
            self.bearer = bearer
            self.isAlive = isAlive
            self.onActivity = onActivity
        }
    }

    public let upstreams: [Upstream]
    public var hooks = Hooks()
    /// The gate's own; a router on which the proxy is mounted sets them.
    public var held = HeldFields()
    public var clock = WallClock.system
    /// The tunnels that are open, of every copy of this proxy.
    public let tunnels = TunnelRegistry()

    public init(@UpstreamsBuilder _ upstreams: () -> [Upstream]) { self.upstreams = upstreams() }

    public init(_ upstreams: [Upstream]) { self.upstreams = upstreams }

    /// Throws `route_unguarded` for an upstream without a policy, `configuration_invalid` for a policy or a path that cannot be used.
    public func check() throws(GatehouseError) {
        var seen: Set<[String]> = []
        for upstream in upstreams {
            guard let policy = upstream.policy else {
                throw GatehouseError(
                    .routeUnguarded, "The upstream at \(upstream.path) says nothing about who may reach it: add .requiring(…).")
            }
            if let problem = policy.problem { throw GatehouseError(.configurationInvalid, "The upstream at \(upstream.path): \(problem)") }
            guard let path = try? CanonicalPath(upstream.path),
                path.raw.utf8.allSatisfy({ $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: ";") })
            else {
                throw GatehouseError(.configurationInvalid, "“\(upstream.path)” is no path of an upstream; write it like /reports.")
            }
            guard seen.insert(upstream.segments.map { $0.lowercased() }).inserted else {
                throw GatehouseError(.configurationInvalid, "Two upstreams have the path \(upstream.path).")
            }
            try upstream.checkGuards()
        }
    }
}

extension Upstream {
    /// Its path and those of its guards, each with all that is needed there.
    var guardedPaths: [(path: String, policy: Policy)] {
        guard let policy else { return [] }
        let guarded = guards.map { (path: $0.path, policy: policy.isPublic ? $0.policy : .all(policy, $0.policy)) }
        return guarded.contains { $0.path == path } ? guarded : [(path, policy)] + guarded
    }

    fileprivate func checkGuards() throws(GatehouseError) {
        for (path, policy) in guards {
            let own = path.split(separator: "/").map(String.init)
            guard path.hasPrefix("/"), own.starts(with: segments) else {
                throw GatehouseError(.configurationInvalid, "“\(path)” does not lie at or below the upstream at \(self.path), which it is to guard.")
            }
            let problem = policy.isPublic ? "a guard only narrows; open the upstream with its own policy." : policy.problem
            if let problem { throw GatehouseError(.configurationInvalid, "The guard at \(path): \(problem)") }
        }
    }
}

/// Lets upstreams be written one under the other.
@resultBuilder public enum UpstreamsBuilder {
    public static func buildExpression(_ upstream: Upstream) -> [Upstream] { [upstream] }
    public static func buildExpression(_ upstreams: [Upstream]) -> [Upstream] { upstreams }
    public static func buildBlock(_ parts: [Upstream]...) -> [Upstream] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Upstream]?) -> [Upstream] { part ?? [] }
    public static func buildEither(first part: [Upstream]) -> [Upstream] { part }
    public static func buildEither(second part: [Upstream]) -> [Upstream] { part }
    public static func buildArray(_ parts: [[Upstream]]) -> [Upstream] { parts.flatMap { $0 } }
}

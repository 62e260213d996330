import NIOCore
import NIOPosix

/// Whether one upstream could be reached just now.
public struct UpstreamHealth: Sendable, Hashable {
    public let path: String
    public let target: Upstream.Target
    public let isReachable: Bool
}

extension ReverseProxy {
    /// Opens and closes a connection to every upstream at once; takes no longer than a second.
    public func health() async -> [UpstreamHealth] {
        await withTaskGroup(of: (Int, UpstreamHealth).self) { group in
            for (index, upstream) in upstreams.enumerated() {
                group.addTask {
                    let reachable = upstream.isAvailable() ? await upstream.pool.accepts(within: .seconds(1)) : false
                    return (index, UpstreamHealth(path: upstream.path, target: upstream.target, isReachable: reachable))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

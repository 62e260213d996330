import GatehouseCore
import NIOCore
import Synchronization

/// The tunnels that are open.
public final class TunnelRegistry: Sendable {
    private let tunnels = Mutex<[ObjectIdentifier: Tunnel]>([:])

    public init() {}

    /// How many tunnels are open.
    public var count: Int { tunnels.withLock(\.count) }

    /// Closes the tunnels whose owner `isEnded` says has ended; each client is told so with close code 1008.
    public func close(where isEnded: (TunnelOwner) -> Bool) {
        for tunnel in open where tunnel.owner.map(isEnded) == true { tunnel.close(.policyViolation) }
    }

    var open: [Tunnel] { tunnels.withLock { Array($0.values) } }

    func add(_ tunnel: Tunnel) { tunnels.withLock { $0[ObjectIdentifier(tunnel)] = tunnel } }

    func remove(_ tunnel: Tunnel) { _ = tunnels.withLock { $0.removeValue(forKey: ObjectIdentifier(tunnel)) } }
}

import GatehouseCore
import NIOCore
import Synchronization

/// The tunnels that are open, and the streams of events to known people.
public final class TunnelRegistry: Sendable {
    private struct Entries {
        var tunnels: [ObjectIdentifier: Tunnel] = [:]
        var streams: [ObjectIdentifier: OwnedStream] = [:]
    }

    private let entries = Mutex(Entries())

    public init() {}

    /// How many tunnels are open.
    public var count: Int { entries.withLock(\.tunnels.count) }

    var open: [Tunnel] { entries.withLock { Array($0.tunnels.values) } }
    var streams: [OwnedStream] { entries.withLock { Array($0.streams.values) } }

    func add(_ tunnel: Tunnel) { entries.withLock { $0.tunnels[ObjectIdentifier(tunnel)] = tunnel } }

    func remove(_ tunnel: Tunnel) { _ = entries.withLock { $0.tunnels.removeValue(forKey: ObjectIdentifier(tunnel)) } }

    func add(_ stream: OwnedStream) { entries.withLock { $0.streams[ObjectIdentifier(stream)] = stream } }

    func remove(_ stream: OwnedStream) { _ = entries.withLock { $0.streams.removeValue(forKey: ObjectIdentifier(stream)) } }
}

/// A response that has no end of its own, one of server-sent events: it may last longer than what entitles its reader to it.
final class OwnedStream: Sendable {
    let owner: TunnelOwner
    let doubt = Doubt()
    /// Breaks the response off.
    let cancel: @Sendable () -> Void

    init(owner: TunnelOwner, cancel: @escaping @Sendable () -> Void) {
        self.owner = owner
        self.cancel = cancel
    }
}

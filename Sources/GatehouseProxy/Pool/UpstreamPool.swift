import GatehouseCore
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The connections to one upstream: a set for each event loop, so that a request and its upstream share a thread.
final class UpstreamPool: Sendable {
    let target: Upstream.Target
    private let address: SocketAddress?
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<IdleConnections>]>([:])

    init(_ target: Upstream.Target) {
        self.target = target
        address = try? SocketAddress(ipAddress: target.host, port: target.port)
    }

    /// The idle connections of the calling event loop.
    func idle(on eventLoop: any EventLoop) -> IdleConnections {
        loops.withLock { loops in
            if let known = loops[ObjectIdentifier(eventLoop)] { return known }
            let made = NIOLoopBound(IdleConnections(), eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = made
            return made
        }.value
    }

    /// Opens a connection; to be called on `eventLoop`.
    func connect(on eventLoop: any EventLoop, timeout: TimeAmount) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var limits = NIOHTTPDecoderLimitConfiguration()
                    limits.maxHeaderListSize = 128 * 1024
                    let decoder = HTTPResponseDecoder(
                        leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .forward, limitConfiguration: limits)
                    let handler = ByteToMessageHandler(decoder)
                    let connection = UpstreamConnection(decoder: decoder, behind: handler)
                    try channel.pipeline.syncOperations.addHandlers([IdleGuard(connection), handler, connection])
                }
            }
        if let address { return bootstrap.connect(to: address) }
        return bootstrap.connect(host: target.host, port: target.port)
    }

    /// Whether somebody accepts a connection.
    func accepts(within timeout: TimeAmount) async -> Bool {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(timeout)
        let connection = address.map { bootstrap.connect(to: $0) } ?? bootstrap.connect(host: target.host, port: target.port)
        guard let channel = try? await connection.get() else { return false }
        channel.close(promise: nil)
        return true
    }
}

/// Connections of one event loop that wait for their next request; the last one in is the first one out.
final class IdleConnections {
    private static let limit = 64
    private static let timeout = TimeAmount.seconds(60)
    /// A connection idle for longer than this may be closing at the other end, so no request that cannot be repeated is sent on it.
    private static let freshness = TimeAmount.milliseconds(500)

    private var connections: [UpstreamConnection] = []

    /// A connection for a request that may be repeated, or a fresh one for a request that may not.
    func take(mayRepeat: Bool) -> UpstreamConnection? {
        if !mayRepeat, let last = connections.last, NIODeadline.now() - last.idleSince > Self.freshness { return nil }
        while let connection = connections.popLast() { if connection.isActive { return connection } }
        return nil
    }

    func put(_ connection: UpstreamConnection) {
        guard connections.count < Self.limit else { return connection.close() }
        connection.becomeIdle(in: self, for: Self.timeout)
        connections.append(connection)
    }

    func remove(_ connection: UpstreamConnection) { connections.removeAll { $0 === connection } }
}

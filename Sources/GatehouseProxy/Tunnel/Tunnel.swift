import Gatehouse
import GatehouseCore
import NIOCore
import NIOHTTP1
import Synchronization

/// A connection that a client and an upstream speak through, once both have agreed to leave HTTP.
final class Tunnel: Sendable {
    /// Why we close a WebSocket (RFC 6455 section 7.4.1).
    enum CloseCode: UInt16, Sendable {
        case goingAway = 1001
        case policyViolation = 1008
    }

    private struct Ends {
        let client: TunnelEnd
        let upstream: TunnelEnd
        var openCount = 2
    }

    private static let reportInterval = Duration.seconds(60)
    private static let closeTimeout = TimeAmount.seconds(1)

    let owner: TunnelOwner?
    let doubt = Doubt()
    var eventLoop: any EventLoop { clientChannel.eventLoop }
    private let clientChannel: any Channel
    private let upstreamChannel: any Channel
    private let ends: NIOLoopBoundBox<Ends?>
    private let hasActivity = Atomic(false)
    private let lastReport = Mutex<Timestamp?>(nil)
    private let onEnd: @Sendable (Tunnel) -> Void

    /// - Parameter onEnd: called once both connections have closed.
    init(owner: TunnelOwner?, client: any Channel, upstream: any Channel, onEnd: @escaping @Sendable (Tunnel) -> Void) {
        self.owner = owner
        clientChannel = client
        upstreamChannel = upstream
        ends = .makeEmptyBox(valueType: Ends.self, eventLoop: client.eventLoop)
        self.onEnd = onEnd
    }

    // MARK: Opening

    /// Takes over the upstream's side; what it sends waits until the client has been answered. To be called on the event loop.
    func arm(_ gate: HandshakeGate) throws {
        var ends = Ends(client: TunnelEnd(self, isClient: true), upstream: TunnelEnd(self, isClient: false))
        ends.upstream.takeOver(gate)
        if upstreamChannel.isActive {
            let pipeline = upstreamChannel.pipeline.syncOperations
            try pipeline.addHandler(ends.upstream, position: .first)
            pipeline.removeHandler(gate, promise: nil)
        } else {
            ends.openCount = 1
            ends.upstream.isGone = true
        }
        self.ends.value = ends
    }

    /// Takes over the client's side, right after the head of the `101` has been written, and lets both talk.
    func open() {
        guard let ends = ends.value else { return abort() }
        do {
            let pipeline = clientChannel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ends.client, position: .after(decoder))
            // What the decoder still holds goes to the new end.
            pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in ends.client.finishBurst() }
            ends.client.open(to: ends.upstream)
            ends.upstream.open(to: ends.client)
        } catch {
            abort()
        }
    }

    // MARK: Closing

    /// Tells the client why, then closes; a client or an upstream that does not play along is cut off after a second.
    func close(_ code: CloseCode) {
        clientChannel.eventLoop.perform { [self] in
            guard let ends = ends.value else { return abort() }
            ends.upstream.close(code)
            clientChannel.eventLoop.scheduleTask(in: Self.closeTimeout) { self.abort() }
        }
    }

    /// Lets go of the upstream; the client has not been told of a tunnel yet.
    func abandon() { upstreamChannel.close(promise: nil) }

    func abort() {
        clientChannel.close(promise: nil)
        upstreamChannel.close(promise: nil)
    }

    /// One of the two connections has closed.
    func endClosed() {
        guard ends.value != nil else { return }
        ends.value?.openCount -= 1
        if ends.value?.openCount == 0 { end() }
    }

    private func end() {
        ends.value = nil
        onEnd(self)
    }

    /// Returns when both connections have closed.
    func waitForEnd() async {
        try? await clientChannel.closeFuture.get()
        try? await upstreamChannel.closeFuture.get()
    }

    // MARK: Activity

    func sawActivity() { hasActivity.store(true, ordering: .relaxed) }

    /// Whether there has been activity that nobody was told of, and the last report is a minute ago.
    func takesReport(at now: Timestamp) -> Bool {
        guard hasActivity.load(ordering: .relaxed) else { return false }
        let isDue = lastReport.withLock { last in
            if let last, now - last < Self.reportInterval { return false }
            last = now
            return true
        }
        if isDue { hasActivity.store(false, ordering: .relaxed) }
        return isDue
    }
}

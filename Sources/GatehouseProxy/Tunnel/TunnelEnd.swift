import NIOCore

/// One end of a tunnel: passes on what it reads to its partner, no faster than the partner's channel takes it.
///
/// Both ends live on one event loop, so nothing is locked and nothing hops.
final class TunnelEnd: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long the last bytes of a closing tunnel may take, and how long the other side has to end its part.
    private static let sendTimeout = TimeAmount.seconds(30)
    private static let lingerTimeout = TimeAmount.seconds(1)

    private var context: ChannelHandlerContext?
    private weak var tunnel: Tunnel?
    private var partner: TunnelEnd?
    private let isClient: Bool
    /// What was read before the tunnel opened.
    private var early: [ByteBuffer] = []
    private var isOpen = false
    private var hasPendingRead = false
    private var hasUnflushed = false
    /// What this end reads.
    private var frames = FrameReader()
    private var closeCode: Tunnel.CloseCode?
    private var isClosing = false
    /// The connection had ended before the tunnel opened, or has since.
    var isGone = false

    init(_ tunnel: Tunnel, isClient: Bool) {
        self.tunnel = tunnel
        self.isClient = isClient
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Takes what has come behind the upstream's agreement.
    func takeOver(_ gate: HandshakeGate) { (early, hasPendingRead) = gate.takeOver() }

    /// Lets the bytes through that have waited and those to come.
    func open(to partner: TunnelEnd) {
        self.partner = partner
        isOpen = true
        let early = early
        self.early = []
        for bytes in early { take(bytes) }
        partner.flush()
        if isGone { partner.finish() }
        resumeReading()
    }

    // MARK: Passing on

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        if isOpen { take(bytes) } else { early.append(bytes) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { finishBurst() }

    /// Sends on what has been passed to the partner.
    func finishBurst() { partner?.flush() }

    private func take(_ bytes: ByteBuffer) {
        if isClosing { return }
        if isClient {
            if frames.read(bytes) { tunnel?.sawActivity() }
            partner?.relay(bytes)
        } else if let closeCode {
            var bytes = bytes
            if let rest = bytes.readSlice(length: frames.readToBoundary(bytes)) { partner?.relay(rest) }
            if frames.isAtBoundary { partner?.sayGoodbye(closeCode) }
        } else {
            _ = frames.read(bytes)
            partner?.relay(bytes)
        }
    }

    private func relay(_ bytes: ByteBuffer) {
        if isClosing { return }
        context?.write(Self.wrapOutboundOut(bytes), promise: nil)
        hasUnflushed = true
    }

    private func flush() {
        guard hasUnflushed else { return }
        hasUnflushed = false
        context?.flush()
    }

    // MARK: Back-pressure

    func read(context: ChannelHandlerContext) {
        let isWelcome = isClosing || (isOpen && partner?.context?.channel.isWritable == true)
        if isWelcome { context.read() } else { hasPendingRead = true }
    }

    private func resumeReading() {
        guard hasPendingRead, let context else { return }
        hasPendingRead = false
        read(context: context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.resumeReading() }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Ending

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: tunnel?.close(.goingAway)
        case ChannelEvent.inputClosed:
            partner?.flush()
            partner?.context?.close(mode: .output, promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        isGone = true
        let partner = partner
        self.partner = nil
        partner?.finish()
        tunnel?.endClosed()
        context.fireChannelInactive()
    }

    /// On the upstream's end: tells the client at the end of the present frame why the tunnel closes.
    func close(_ code: Tunnel.CloseCode) {
        guard closeCode == nil else { return }
        closeCode = code
        if frames.isAtBoundary { partner?.sayGoodbye(code) }
    }

    /// On the client's end: sends a close frame, the last thing that goes to the client.
    private func sayGoodbye(_ code: Tunnel.CloseCode) {
        if isClosing { return }
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(UInt8(0x88), UInt8(2), code.rawValue)
        relay(frame)
        partner?.context?.close(promise: nil)
        finish()
    }

    /// Sends what is still to be sent, then ends the connection; the other side has a moment to do the same.
    private func finish() {
        guard let context else { return }
        flush()
        guard !isClosing else { return }
        isClosing = true
        let isSent = context.eventLoop.makePromise(of: Void.self)
        context.close(mode: .output, promise: isSent)
        let eventLoop = context.eventLoop.assumeIsolated()
        eventLoop.scheduleTask(in: Self.sendTimeout) { self.abort() }
        isSent.futureResult.assumeIsolated().whenComplete { _ in
            eventLoop.scheduleTask(in: Self.lingerTimeout) { self.abort() }
        }
        context.read()
    }

    /// Ends this side at once.
    func abort() { context?.close(promise: nil) }
}

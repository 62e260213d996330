import GatehouseCore
import Gatehouse
import HTTPTypes
import NIOCore
import NIOHTTP1

/// One connection to an upstream: carries one exchange at a time, or waits idle. Confined to its event loop.
final class UpstreamConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let decoder: HTTPResponseDecoder
    let decoderHandler: ByteToMessageHandler<HTTPResponseDecoder>
    private var context: ChannelHandlerContext?
    /// Where writes start, so that they pass by the decoder.
    private var outlet: ChannelHandlerContext?
    private weak var home: IdleConnections?
    private var exchange: UpstreamExchange?
    private var deadline: LoopDeadline?
    private var hasPendingRead = false
    private(set) var idleSince = NIODeadline.now()

    init(decoder: HTTPResponseDecoder, behind handler: ByteToMessageHandler<HTTPResponseDecoder>) {
        self.decoder = decoder
        decoderHandler = handler
    }

    var channel: (any Channel)? { context?.channel }
    /// Nothing may come from the upstream now.
    var isIdle: Bool { exchange?.hasEnded ?? true }
    /// Some of a head has come and the rest has not.
    var isInsideHead: Bool { hasPartOfHead && exchange?.isAwaitingHead == true }
    private var hasPartOfHead = false
    var isActive: Bool { context?.channel.isActive ?? false }
    var isWritable: Bool { context?.channel.isWritable ?? false }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        outlet = try? context.pipeline.syncOperations.context(handler: decoderHandler)
        deadline = LoopDeadline(on: context.eventLoop) { [weak self] in self?.deadlinePassed() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.stop()
        deadline = nil
        outlet = nil
        self.context = nil
    }

    // MARK: Sending

    /// Begins an exchange by writing its head and as much of the body as is known.
    func begin(_ exchange: UpstreamExchange, _ bytes: ByteBuffer) {
        self.exchange = exchange
        home = nil
        hasPartOfHead = false
        deadline?.clear()
        let method = HTTPMethod(rawValue: exchange.plan.method.rawValue)
        decoder.write(data: .head(HTTPRequestHead(version: .http1_1, method: method, uri: "/")))
        write(bytes)
    }

    /// Sends all of `pieces` at once.
    func write(_ pieces: ByteBuffer...) {
        for bytes in pieces { outlet?.write(NIOAny(bytes), promise: nil) }
        outlet?.flush()
    }

    /// Sets the deadline for the upstream's next step, unless it is kept waiting itself.
    func expect(within time: TimeAmount) {
        if !hasPendingRead { deadline?.set(in: time) }
    }

    // MARK: Receiving

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange, !exchange.hasEnded else { return context.close(promise: nil) }
        switch Self.unwrapInboundIn(data) {
        case .head(let head): exchange.receive(head)
        case .body(let bytes): exchange.receive(bytes)
        case .end(let trailers): exchange.receiveEnd(trailers)
        }
    }

    /// Looks whether the response ended with the last of `bytes`, all of which the decoder has taken.
    func checkEnd(of bytes: ByteBuffer, tail: UInt32) {
        hasPartOfHead = true
        if let exchange, exchange.hasEnded, !exchange.hasEnded(with: bytes, tail: tail) { exchange.spoil() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        exchange?.completeBurst()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        guard exchange?.wantsMore == false else { return context.read() }
        hasPendingRead = true
        // Whoever reads the response is slow, not the upstream.
        deadline?.clear()
    }

    /// Goes on reading once the exchange wants more.
    func resumeReading() {
        guard hasPendingRead else { return }
        hasPendingRead = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.becameWritable() }
    }

    // MARK: Ending

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange?.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.stop()
        home?.remove(self)
        exchange?.connectionClosed()
        exchange = nil
    }

    /// The exchange is over and the connection can serve another one.
    func release(to idle: IdleConnections) {
        exchange = nil
        resumeReading()
        if isActive { idle.put(self) }
    }

    func becomeIdle(in idle: IdleConnections, for time: TimeAmount) {
        home = idle
        idleSince = .now()
        deadline?.set(in: time)
    }

    /// Ends the connection and whatever it carries.
    func close() {
        exchange = nil
        home?.remove(self)
        context?.close(promise: nil)
    }

    /// Lets go of the channel, which speaks another protocol now.
    func handOver() {
        exchange = nil
        deadline?.stop()
    }

    private func deadlinePassed() {
        guard let exchange else { return close() }
        exchange.timedOut()
        close()
    }
}

import GatehouseCore
import HTTPTypes
import Logging
package import NIOCore
package import NIOHTTP1
package import NIOHTTPTypes

/// The HTTP/1.1 server end of one connection: checks and converts requests, frames responses, decides when the connection ends.
///
/// Requests reach the application one at a time and only once all bytes that came with their head have been checked, so nothing
/// malformed in them ever reaches an upstream. Confined to its event loop.
package final class GatewayConnection: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = ByteBuffer

    enum Phase {
        /// Between two requests.
        case idle
        /// A request has been read, at least its head.
        case exchanging
        /// The last response has been written; what still comes in is thrown away, up to a limit.
        case draining
        /// The connection speaks another protocol now.
        case switched
    }

    let settings: ChannelSettings
    let logger: Logger
    let headStart: HeadStart?
    var phase = Phase.idle
    var exchange: Exchange?
    /// Parts of the current request that were read in the current burst.
    var burst: [HTTPRequestPart] = []
    /// What came in behind a request that has not been answered yet; a slice, so that taking the first costs the same however many there are.
    var held: ArraySlice<Held> = []
    var heldRead = false
    /// The head of the next request has begun; what drips in does not prolong its deadline.
    var isReadingHead = false
    var isInputClosed = false
    /// More has been asked for and has not come yet.
    var isReading = false
    var isQuiescing = false
    var drained = 0
    /// Everything has been sent on a connection that is ending.
    var isSent = false
    /// All bytes that were ever handed to the channel.
    var written = 0
    /// How many of them had been sent when the deadline was set; `nil` where the deadline is for something else than sending.
    var sentMark: Int?
    /// Response bytes that await the next flush.
    var out = ByteBuffer()
    var hasUnflushed = false
    var context: ChannelHandlerContext?
    var deadline: LoopDeadline?

    enum Held {
        case part(HTTPServerRequestPart)
        case failure(any Error)
        case inputClosed
    }

    init(settings: ChannelSettings, headStart: HeadStart?, logger: Logger) {
        self.settings = settings
        self.headStart = headStart
        self.logger = logger
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = LoopDeadline(on: context.eventLoop) { [weak self] in self?.deadlinePassed() }
        if context.channel.isActive { setDeadline(in: settings.keepAliveTimeout) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.stop()
        deadline = nil
        exchange?.onClose?()
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        setDeadline(in: settings.keepAliveTimeout)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        deadline?.stop()
        exchange?.onClose?()
        exchange = nil
        held = []
        phase = .draining
        context.fireChannelInactive()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if phase != .idle { updateDeadline(context) }
        context.fireChannelWritabilityChanged()
    }

    /// Ends the connection now, or once the response in progress is complete, or that to a request whose head has begun to come.
    package func quiesce(_ context: ChannelHandlerContext) {
        isQuiescing = true
        switch phase {
        // The head ends by its deadline, and its response ends the connection.
        case .idle where isReadingHead: break
        case .idle where unsent(context) == 0: context.close(promise: nil)
        case .idle: finish(context)
        case .exchanging:
            exchange?.keepsAlive = false
            let onQuiesce = exchange?.onQuiesce
            exchange?.onQuiesce = nil
            onQuiesce?()
        case .draining, .switched: break
        }
    }
}

// MARK: - Deadlines
extension GatewayConnection {
    /// Sets the deadline that the present state calls for.
    func updateDeadline(_ context: ChannelHandlerContext) {
        switch phase {
        case .idle: setDeadline(in: settings.keepAliveTimeout)
        case .draining where isSent: setDeadline(in: settings.lingerTimeout)
        case .draining: awaitSending(context)
        case .switched: deadline?.clear()
        case .exchanging:
            if isInputClosed || !context.channel.isWritable {
                awaitSending(context)
            } else if let exchange, !exchange.hasEnded, !exchange.awaitsContinue, isReading {
                setDeadline(in: settings.bodyTimeout)
            } else {
                // Nobody waits for the client.
                deadline?.clear()
            }
        }
    }

    func setDeadline(in time: TimeAmount) {
        sentMark = nil
        deadline?.set(in: time)
    }

    /// Sets a deadline for the client to take some of what there is to send.
    private func awaitSending(_ context: ChannelHandlerContext) {
        sentMark = written - unsent(context)
        deadline?.set(in: isInputClosed ? settings.halfClosedTimeout : settings.writeTimeout)
    }

    /// Response bytes that the socket has not taken yet.
    func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func deadlinePassed() {
        guard let context else { return }
        let unsent = unsent(context)
        if let sentMark {
            if written - unsent > sentMark { return unsent > 0 ? awaitSending(context) : updateDeadline(context) }
        } else if phase == .idle, !isReadingHead, unsent > 0 {
            // The client still reads the last response.
            return awaitSending(context)
        }
        logger.debug("connection timed out", metadata: ["gate.phase": "\(phase)", "gate.peer": "\(peer(context))"])
        context.close(promise: nil)
    }

    func peer(_ context: ChannelHandlerContext) -> String { context.channel.remoteAddress?.ipAddress ?? "-" }
}

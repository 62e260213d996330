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
    var phase = Phase.idle
    var exchange: Exchange?
    /// Parts of the current request that were read in the current burst.
    var burst: [HTTPRequestPart] = []
    /// What came in behind a request that has not been answered yet.
    var held: [Held] = []
    var heldRead = false
    /// The head of the next request has begun; what drips in does not prolong its deadline.
    var isReadingHead = false
    var isInputClosed = false
    var isQuiescing = false
    var drained = 0
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

    init(settings: ChannelSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = LoopDeadline(on: context.eventLoop) { [weak self] in self?.deadlinePassed() }
        if context.channel.isActive { deadline?.set(in: settings.keepAliveTimeout) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.stop()
        deadline = nil
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        deadline?.set(in: settings.keepAliveTimeout)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        deadline?.stop()
        exchange?.onClose?()
        exchange = nil
        phase = .draining
        context.fireChannelInactive()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        updateDeadline(context)
        context.fireChannelWritabilityChanged()
    }

    /// Ends the connection now, or once the response in progress is complete.
    package func quiesce(_ context: ChannelHandlerContext) {
        isQuiescing = true
        switch phase {
        case .idle: context.close(promise: nil)
        case .exchanging: exchange?.keepsAlive = false
        case .draining, .switched: break
        }
    }
}

// MARK: - Deadlines
extension GatewayConnection {
    /// Sets the deadline that the present state calls for.
    func updateDeadline(_ context: ChannelHandlerContext) {
        switch phase {
        case .idle: deadline?.set(in: settings.keepAliveTimeout)
        case .draining: deadline?.set(in: settings.lingerTimeout)
        case .switched: deadline?.clear()
        case .exchanging:
            if !context.channel.isWritable {
                deadline?.set(in: isInputClosed ? settings.halfClosedTimeout : settings.writeTimeout)
            } else if isInputClosed {
                deadline?.set(in: settings.halfClosedTimeout)
            } else if let exchange, !exchange.hasEnded, !exchange.awaitsContinue {
                deadline?.set(in: settings.bodyTimeout)
            } else {
                deadline?.clear()
            }
        }
    }

    private func deadlinePassed() {
        guard let context else { return }
        logger.debug("connection timed out", metadata: ["gate.phase": "\(phase)", "gate.peer": "\(peer(context))"])
        context.close(promise: nil)
    }

    func peer(_ context: ChannelHandlerContext) -> String { context.channel.remoteAddress?.ipAddress ?? "-" }
}

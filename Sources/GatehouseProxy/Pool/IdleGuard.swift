import NIOCore

/// Stands before the decoder of a connection to an upstream, and closes the connection at the first byte that nobody asked for.
///
/// The decoder would keep the beginning of a response until the next request, and take it for the beginning of its answer.
final class IdleGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private weak var connection: UpstreamConnection?

    init(_ connection: UpstreamConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection?.isIdle == true { context.close(promise: nil) } else { context.fireChannelRead(data) }
    }
}

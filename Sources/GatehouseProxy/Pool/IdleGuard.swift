import NIOCore

/// Stands before the decoder of a connection to an upstream, and keeps a connection from being used again once a byte came on it that
/// nobody asked for.
///
/// The decoder would keep the beginning of a response until the next request, and take it for the beginning of its answer.
final class IdleGuard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private weak var connection: UpstreamConnection?
    /// The last four bytes that came.
    private var tail: UInt32 = 0

    init(_ connection: UpstreamConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        // The decoder copies what belongs to the beginning of a head; where the rest ends is seen by the last byte alone.
        if bytes.readableBytes > 1, connection?.isInsideHead == true, let most = bytes.readSlice(length: bytes.readableBytes - 1) {
            pass(most, context)
        }
        pass(bytes, context)
    }

    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let connection, !connection.isIdle else { return context.close(promise: nil) }
        for byte in bytes.readableBytesView.suffix(4) { tail = tail << 8 | UInt32(byte) }
        context.fireChannelRead(Self.wrapInboundOut(bytes))
        connection.checkEnd(of: bytes, tail: tail)
    }
}

extension ByteBuffer {
    /// Whether this is a slice of `whole` up to its end.
    func isEnd(of whole: ByteBuffer) -> Bool { endAddress == whole.endAddress }

    private var endAddress: UnsafeRawPointer? { withUnsafeReadableBytes { bytes in bytes.baseAddress.map { $0 + bytes.count } } }
}

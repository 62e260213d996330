import NIOCore

/// Stands before the decoder of a connection that carries a handshake, and keeps back whatever comes behind the `101`.
///
/// The decoder would lose those bytes if the upstream closed right after them.
final class HandshakeGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Waiting for the end of a response's head.
        case reading(ByteBuffer)
        /// The upstream declined; what comes is HTTP.
        case declined
        /// The upstream agreed; what comes is the tunnel's.
        case agreed
    }

    /// Bytes without the end of a head that are passed on all the same; the decoder refuses them.
    private static let headLimit = 128 * 1024

    private var phase = Phase.reading(ByteBuffer())
    private var early: [ByteBuffer] = []
    private var hasPendingRead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        switch phase {
        case .declined: context.fireChannelRead(data)
        case .agreed: early.append(bytes)
        case .reading(var head):
            head.writeBuffer(&bytes)
            phase = .reading(head)
            passHeads(context)
        }
    }

    /// Passes on each whole head; stops behind the first that is not informational.
    private func passHeads(_ context: ChannelHandlerContext) {
        while case .reading(var bytes) = phase {
            guard let length = Self.headLength(bytes.readableBytesView) else {
                if bytes.readableBytes > Self.headLimit { decline(bytes, context) }
                return
            }
            guard let head = bytes.readSlice(length: length) else { return }
            let status = String(decoding: head.readableBytesView.dropFirst(9).prefix(3), as: UTF8.self)
            if status == "101" {
                phase = .agreed
                if bytes.readableBytes > 0 { early.append(bytes) }
                context.fireChannelRead(Self.wrapInboundOut(head))
            } else if status.first == "1" {
                phase = .reading(bytes)
                context.fireChannelRead(Self.wrapInboundOut(head))
            } else {
                context.fireChannelRead(Self.wrapInboundOut(head))
                decline(bytes, context)
            }
        }
    }

    private func decline(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        phase = .declined
        if bytes.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(bytes)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .reading(let bytes) = phase { decline(bytes, context) }
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if case .agreed = phase { hasPendingRead = true } else { context.read() }
    }

    /// What came behind the `101`, and whether somebody has asked for more.
    func takeOver() -> (early: [ByteBuffer], hasPendingRead: Bool) { (early, hasPendingRead) }

    /// The length of the head that `bytes` begin with, up to and including its empty line.
    private static func headLength(_ bytes: ByteBufferView) -> Int? {
        var matched = 0
        for (index, byte) in bytes.enumerated() {
            let wanted = matched % 2 == 0 ? UInt8(ascii: "\r") : UInt8(ascii: "\n")
            matched = byte == wanted ? matched + 1 : byte == UInt8(ascii: "\r") ? 1 : 0
            if matched == 4 { return index + 1 }
        }
        return nil
    }
}

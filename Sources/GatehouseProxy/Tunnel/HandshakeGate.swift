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
        case reading
        /// The upstream declined; what comes is HTTP.
        case declined
        /// The upstream agreed; what comes is the tunnel's.
        case agreed
    }

    /// Bytes without the end of a head that are passed on all the same; the decoder refuses them.
    private static let headLimit = 128 * 1024

    private var phase = Phase.reading
    /// What has come of a head, and how much of it is known not to hold its end.
    private var head = ByteBuffer()
    private var scanned = 0
    private var early: [ByteBuffer] = []
    private var hasPendingRead = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        switch phase {
        case .declined: context.fireChannelRead(data)
        case .agreed: early.append(bytes)
        case .reading:
            head.writeBuffer(&bytes)
            passHeads(context)
        }
    }

    /// Passes on each whole head; stops behind the first that is not informational.
    private func passHeads(_ context: ChannelHandlerContext) {
        while case .reading = phase {
            guard let length = headLength() else {
                if head.readableBytes > Self.headLimit { decline(context) }
                return
            }
            guard let whole = head.readSlice(length: length) else { return }
            let status = String(decoding: whole.readableBytesView.dropFirst(9).prefix(3), as: UTF8.self)
            if status == "101" {
                phase = .agreed
                if head.readableBytes > 0 { early.append(head) }
                context.fireChannelRead(Self.wrapInboundOut(whole))
            } else if status.first == "1" {
                context.fireChannelRead(Self.wrapInboundOut(whole))
            } else {
                context.fireChannelRead(Self.wrapInboundOut(whole))
                decline(context)
            }
        }
    }

    private func decline(_ context: ChannelHandlerContext) {
        phase = .declined
        let rest = head
        head.clear()
        if rest.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(rest)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .reading = phase { decline(context) }
        context.fireChannelInactive()
    }

    func read(context: ChannelHandlerContext) {
        if case .agreed = phase { hasPendingRead = true } else { context.read() }
    }

    /// What came behind the `101`, and whether somebody has asked for more.
    func takeOver() -> (early: [ByteBuffer], hasPendingRead: Bool) { (early, hasPendingRead) }

    /// The length of the head that has come, up to and including its empty line; looks at each byte once.
    private func headLength() -> Int? {
        let bytes = head.readableBytesView
        var matched = 0
        // The end may have begun in the last three bytes of before.
        for (index, byte) in zip(max(0, scanned - 3)..., bytes.dropFirst(max(0, scanned - 3))) {
            let wanted = matched % 2 == 0 ? UInt8(ascii: "\r") : UInt8(ascii: "\n")
            matched = byte == wanted ? matched + 1 : byte == UInt8(ascii: "\r") ? 1 : 0
            if matched == 4 {
                scanned = 0
                return index + 1
            }
        }
        scanned = bytes.count
        return nil
    }
}

import NIOCore
import NIOPosix

/// One TCP connection on loopback, written and read as bytes.
actor Wire {
    private let channel: any Channel
    private let arrivals: Arrivals
    private var iterator: AsyncThrowingStream<ByteBuffer, any Error>.Iterator
    private var buffer = ByteBuffer()
    /// How long a read waits for bytes before it fails.
    private var patience = Duration.seconds(20)

    static func connect(port: Int) async throws -> Wire {
        let arrivals = Arrivals()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(ArrivalHandler(arrivals)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return Wire(channel, arrivals)
    }

    init(_ channel: any Channel, _ arrivals: Arrivals) {
        self.channel = channel
        self.arrivals = arrivals
        iterator = arrivals.stream.makeAsyncIterator()
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// A line without its CRLF; `nil` at the end.
    func line() async throws -> String? {
        while true {
            if let length = buffer.readableBytesView.firstIndex(of: 0x0a).map({ $0 - buffer.readerIndex + 1 }),
                let line = buffer.readString(length: length)
            {
                return String(line.dropLast())
            }
            guard try await fill() else { return nil }
        }
    }

    func bytes(_ count: Int) async throws -> [UInt8] {
        while buffer.readableBytes < count {
            guard try await fill() else { throw Failure("the connection ended \(count - buffer.readableBytes) bytes early") }
        }
        return buffer.readBytes(length: count) ?? []
    }

    func rest() async throws -> [UInt8] {
        while try await fill() {}
        return buffer.readBytes(length: buffer.readableBytes) ?? []
    }

    /// Whether the other side ends the connection in time; bytes that come before that do not matter.
    func ends(within limit: Duration) async -> Bool {
        patience = limit
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        do {
            while try await fill() {
                if clock.now > deadline { return false }
            }
            return true
        } catch {
            return !(error is Failure)
        }
    }

    func wait(_ patience: Duration) { self.patience = patience }

    func close() async { try? await channel.close().get() }

    private func fill() async throws -> Bool {
        let arrivals = arrivals
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(patience)) {
            arrivals.finish(Failure("nothing came on the connection in time"))
        }
        defer { alarm.cancel() }
        var iterator = self.iterator
        defer { self.iterator = iterator }
        guard let next = try await iterator.next(isolation: #isolation) else { return false }
        buffer.writeImmutableBuffer(next)
        return true
    }
}

/// The bytes that came on a connection, in order.
struct Arrivals: Sendable {
    let stream: AsyncThrowingStream<ByteBuffer, any Error>
    private let continuation: AsyncThrowingStream<ByteBuffer, any Error>.Continuation

    init() { (stream, continuation) = AsyncThrowingStream.makeStream() }

    func append(_ bytes: ByteBuffer) { continuation.yield(bytes) }
    func finish(_ error: (any Error)? = nil) { continuation.finish(throwing: error) }
}

/// Puts what a channel reads into `Arrivals`.
final class ArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let arrivals: Arrivals

    init(_ arrivals: Arrivals) { self.arrivals = arrivals }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { arrivals.append(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { arrivals.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        arrivals.finish(error)
        context.close(promise: nil)
    }
}

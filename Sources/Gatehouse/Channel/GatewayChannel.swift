import HTTPTypes
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
public import NIOHTTPTypes

/// The HTTP/1 server channel of Gatehouse; Hummingbird's request loop, router and middleware run on it unchanged.
///
/// It refuses what two servers could read in two ways, answers `Expect: 100-continue`, ends a connection whose request was not read
/// to its end or whose `Upgrade` was declined, and lets a tunnel take the connection over. A request stays on its connection's
/// event loop, so handlers must not block.
public struct GatewayChannel: ServerChildChannel, HTTPChannelHandler {
    public typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    public let responder: HTTPChannelHandler.Responder
    public let settings: ChannelSettings
    private let headStart: HeadStart?

    public init(settings: ChannelSettings = ChannelSettings(), responder: @escaping HTTPChannelHandler.Responder) {
        self.init(settings: settings, headStart: nil, responder: responder)
    }

    init(settings: ChannelSettings, headStart: HeadStart?, responder: @escaping HTTPChannelHandler.Responder) {
        self.settings = settings
        self.headStart = headStart
        self.responder = Self.withBodyRules(responder)
    }

    /// What `Application(server:)` takes.
    public static func builder(_ settings: ChannelSettings = ChannelSettings()) -> HTTPServerBuilder {
        builder(settings, headStart: nil)
    }

    /// - Parameter headStart: asked about each request before the request loop hears of it.
    package static func builder(_ settings: ChannelSettings, headStart: HeadStart?) -> HTTPServerBuilder {
        HTTPServerBuilder { GatewayChannel(settings: settings, headStart: headStart, responder: $0) }
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderListSize = settings.maxHeaderBytes
            limits.maxHeaderFieldSize = settings.maxHeaderBytes
            limits.maxHeaderFieldCount = settings.maxHeaderFields
            let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
            let pipeline = channel.pipeline.syncOperations
            // Behind an Upgrade the decoder only collects, until somebody takes the connection over or ends it.
            let bufferLimit = max(settings.maxHeaderBytes, 64 * 1024)
            try pipeline.addHandler(ByteToMessageHandler(decoder, maximumBufferSize: bufferLimit))
            try pipeline.addHandler(GatewayConnection(settings: settings, headStart: headStart, logger: logger))
            // Not every kind of socket knows the options.
            try? channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
            try? channel.syncOptions?.setOption(.socketOption(.so_keepalive), value: 1)
            let value = try Value(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            // A server that stops may drop a connection between accepting and handling it, and a writer that is dropped unfinished traps.
            channel.closeFuture.whenComplete { _ in (value as any FinishingChannel).finishWriter() }
            return value
        }
    }

    public func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await handleHTTP(asyncChannel: value, logger: logger)
        }
    }

    /// For a request whose body is still to come: asks for it when it is first read, and gives it a strand of its own.
    private static func withBodyRules(_ responder: @escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            guard request.headers.contains(.contentLength) || request.headers.contains(.transferEncoding) else {
                return try await responder(request, writer, channel)
            }
            let client = ClientConnection(channel)
            guard let companion = try await client.companionOfUnfinishedRequest() else {
                return try await responder(request, writer, channel)
            }
            var request = request
            request.body = RequestBody(asyncSequence: AwaitedBody(body: request.body, client: client))
            let received = request
            var once = Optional(writer)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await companion.run() }
                defer {
                    companion.finish()
                    group.cancelAll()
                }
                guard let writer = once.take() else { return }
                try await responder(received, writer, channel)
            }
        }
    }
}

/// Reaches the writer of a channel that never comes to the scope which the library wants it used in.
private protocol FinishingChannel: Sendable {
    func finishWriter()
}

extension NIOAsyncChannel: FinishingChannel {
    @available(*, deprecated, message: "Only for a channel that nobody handles: use executeThenClose.")
    fileprivate func finishWriter() { outbound.finish() }
}

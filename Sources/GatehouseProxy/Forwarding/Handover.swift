import Gatehouse
import GatehouseCore
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1

/// Hands one request over to its upstream.
struct Handover: Sendable {
    /// How long an upstream may leave `Expect: 100-continue` unanswered before it gets the body all the same.
    private static let continueTimeout = TimeAmount.seconds(1)
    /// What is collected of a body on a channel that is not ours, and so cannot send it piece by piece.
    private static let collectLimit = 16 * 1024 * 1024

    let plan: ForwardingPlan
    let upstream: Upstream
    let client: ClientConnection
    /// Whose request it is, and where what lasts longer than its session is found.
    let owner: TunnelOwner?
    let tunnels: TunnelRegistry

    private var eventLoop: any EventLoop { client.channel.eventLoop }

    /// Sends the request, twice if an idle connection turns out to be dead and the request bears it, and awaits the response.
    func exchange(_ request: Request) async throws -> Response {
        let whole = try await wholeRequest(request)
        do {
            return try await attempt(request, whole: whole, mayReuse: true)
        } catch let error as DeadConnection {
            guard whole != nil, plan.isIdempotent else { throw error.cause }
            return try await attempt(request, whole: whole, mayReuse: false)
        }
    }

    private func attempt(_ request: Request, whole: ByteBuffer?, mayReuse: Bool) async throws -> Response {
        let (answer, exchange) = try await answer(to: request, whole: whole, mayReuse: mayReuse)
        return response(answer, exchange)
    }

    /// Sends the request and awaits the head of the response.
    func answer(
        to request: Request, whole: ByteBuffer?, mayReuse: Bool
    ) async throws -> (UpstreamAnswer, NIOLoopBound<UpstreamExchange>) {
        let exchange = try await eventLoop.run {
            let exchange =
                started()
                ?? UpstreamExchange(
                    plan, hasWholeBody: whole != nil, upstream, idle: upstream.pool.idle(on: eventLoop), client: client.handler)
            return NIOLoopBound(exchange, eventLoop: eventLoop)
        }
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer in
                eventLoop.perform {
                    exchange.value.await { answer.resume(with: $0) }
                    begin(exchange, request, whole: whole, mayReuse: mayReuse)
                }
            }
        } onCancel: {
            eventLoop.perform { exchange.value.cancel() }
        }
        return (answer, exchange)
    }

    private func begin(_ exchange: NIOLoopBound<UpstreamExchange>, _ request: Request, whole: ByteBuffer?, mayReuse: Bool) {
        guard exchange.value.isAwaited else { return }
        // Of a closed connection the handler may be gone already.
        guard client.channel.isActive else { return exchange.value.cancel() }
        if let handler = client.handler {
            guard handler.isExchanging else { return exchange.value.cancel() }
            handler.onClose { exchange.value.cancel() }
        }
        if exchange.value.hasStarted { return }
        exchange.value.start(from: upstream.pool, on: eventLoop, whole ?? plan.head, mayReuse: mayReuse) {
            startUpload(request.body, exchange, whole: whole)
        }
    }

    /// The exchange that began before the request loop heard of the request.
    private func started() -> UpstreamExchange? {
        guard let work = client.handler?.takeStarted() else { return nil }
        if let exchange = work as? UpstreamExchange, exchange.upstreamPath == upstream.path { return exchange }
        work.cancel()
        return nil
    }

    /// Head and body in one buffer where all of the body has come already; `nil` where it has to be sent piece by piece.
    func wholeRequest(_ request: Request) async throws -> ByteBuffer? {
        if plan.body == .none { return plan.head }
        let (hasAll, isOurs) = try await eventLoop.run { (client.handler?.hasWholeRequest ?? false, client.handler != nil) }
        if isOurs, !hasAll { return nil }
        var body = try await request.body.collect(upTo: Self.collectLimit)
        var bytes = plan.head
        if case .length(let length) = plan.body, length != body.readableBytes {
            throw GatehouseError(.malformedRequest, "The body is not as long as Content-Length says.")
        }
        if plan.body == .chunked, body.readableBytes > 0 { bytes.writeChunkSize(body.readableBytes) }
        let isEmpty = body.readableBytes == 0
        bytes.writeBuffer(&body)
        if plan.body == .chunked {
            if !isEmpty { bytes.writeStaticString("\r\n") }
            bytes.writeLastChunk(plan.trailers(try await eventLoop.run { client.handler?.requestTrailers }))
        }
        return bytes
    }
}

// MARK: - The request's body
extension Handover {
    private func startUpload(_ body: RequestBody, _ exchange: NIOLoopBound<UpstreamExchange>, whole: ByteBuffer?) {
        guard whole == nil else { return }
        guard let companion = client.handler?.companion else { return exchange.value.cancel() }
        companion.start { await upload(body, exchange) }
    }

    /// Sends the body as it comes in; goes on while the response is on its way.
    private func upload(_ body: RequestBody, _ exchange: NIOLoopBound<UpstreamExchange>) async {
        do {
            if plan.expectsContinue {
                await withCheckedContinuation { waiter in
                    eventLoop.perform { exchange.value.awaitContinue(waiter, for: Self.continueTimeout, on: eventLoop) }
                }
            }
            guard try await eventLoop.run({ exchange.value.takesBody }) else { return }
            for try await bytes in body where bytes.readableBytes > 0 {
                try await withCheckedThrowingContinuation { writer in
                    eventLoop.perform { exchange.value.write(bytes, writer) }
                }
            }
            try await eventLoop.run {
                // A body that the client broke off ends like a complete one.
                guard let handler = client.handler, handler.isExchanging, handler.hasWholeRequest else { throw CancellationError() }
                exchange.value.finishBody(plan.trailers(handler.requestTrailers))
            }
        } catch {
            eventLoop.perform { exchange.value.cancel() }
        }
    }
}

// MARK: - The response
extension Handover {
    func response(_ answer: UpstreamAnswer, _ exchange: NIOLoopBound<UpstreamExchange>) -> Response {
        let fields = HTTPFields(fromUpstream: answer.head.headers)
        if let date = fields.first(where: { $0.name == .date })?.value { eventLoop.perform { client.handler?.keepDate(date) } }
        let status = HTTPResponse.Status(code: Int(answer.head.status.code), reasonPhrase: answer.head.status.reasonPhrase)
        switch answer.body {
        case .whole(let bytes?): return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: bytes))
        case .whole(nil) where plan.method == .head && !fields.contains(.contentLength):
            // An empty body would claim a length of zero.
            return Response(status: status, headers: fields, body: ResponseBody { try await $0.finish(nil) })
        case .whole(nil), .tunnel: return Response(status: status, headers: fields, body: ResponseBody())
        case .stream:
            let isEndless = fields.announceEvents
            if isEndless { eventLoop.perform { client.handler?.onQuiesce { exchange.value.endEarly() } } }
            let body = UpstreamBody(exchange, isEndless ? owner : nil, tunnels)
            return Response(status: status, headers: fields, body: ResponseBody { try await body.copy(to: &$0) })
        }
    }
}

extension HTTPFields {
    /// The response is a stream of server-sent events, which ends when somebody ends it.
    fileprivate var announceEvents: Bool {
        self[.contentType]?.prefix { $0 != ";" }.trimmingSpace.lowercased() == "text/event-stream"
    }
}

/// The body of a response as it comes in; giving it up ends the exchange.
final class UpstreamBody: Sendable {
    private let exchange: NIOLoopBound<UpstreamExchange>
    private let tunnels: TunnelRegistry
    /// What ends the body with its owner; `nil` where nobody owns it, and for one that ends by itself.
    private let stream: OwnedStream?

    init(_ exchange: NIOLoopBound<UpstreamExchange>, _ owner: TunnelOwner?, _ tunnels: TunnelRegistry) {
        self.exchange = exchange
        self.tunnels = tunnels
        stream = owner.map { OwnedStream(owner: $0) { exchange.eventLoop.perform { exchange.value.cancel() } } }
        if let stream { tunnels.add(stream) }
    }

    deinit {
        if let stream { tunnels.remove(stream) }
        let exchange = exchange
        exchange.eventLoop.perform { exchange.value.cancel() }
    }

    /// Writes everything to `writer` as it comes.
    func copy(to writer: inout any ResponseBodyWriter) async throws {
        while let pieces = try await next() {
            if pieces.count == 1 { try await writer.write(pieces[0]) } else { try await writer.write(contentsOf: pieces) }
        }
        try await writer.finish(try await exchange.eventLoop.run { [exchange] in exchange.value.trailerFields })
    }

    private func next() async throws -> [ByteBuffer]? {
        let exchange = exchange
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { reader in
                exchange.eventLoop.perform { exchange.value.next(reader) }
            }
        } onCancel: {
            exchange.eventLoop.perform { exchange.value.cancel() }
        }
    }
}

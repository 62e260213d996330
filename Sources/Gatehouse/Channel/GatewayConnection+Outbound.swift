import GatehouseCore
package import HTTPTypes
import Logging
package import NIOCore
import NIOHTTPTypes

extension GatewayConnection {
    /// Bodies up to this size are copied behind their head, so that one write carries both.
    static let copyLimit = 16 * 1024

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard phase == .exchanging, exchange != nil else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch Self.unwrapOutboundIn(data) {
        case .head(let head) where head.status.code < 200 && head.status.code != 101: writeInformational(head)
        case .head(let head): begin(head, context)
        case .body(let bytes): writeBody(bytes, context)
        case .end(let trailers): return end(trailers, context, promise)
        }
        promise?.succeed()
    }

    /// Writes the body of a response whose head has been written, and its end.
    func finishResponse(_ body: ByteBuffer?, _ context: ChannelHandlerContext) {
        if let body { writeBody(body, context) }
        end(nil, context, nil)
    }

    package func flush(context: ChannelHandlerContext) {
        if out.readableBytes > 0 { writeOut(context) }
        guard hasUnflushed else { return }
        hasUnflushed = false
        context.flush()
        if isInputClosed, phase == .exchanging { updateDeadline(context) }
    }

    private func writeOut(_ context: ChannelHandlerContext) {
        written += out.readableBytes
        context.write(Self.wrapOutboundOut(out), promise: nil)
        out = ByteBuffer()
        hasUnflushed = true
    }

    /// Writes a 1xx response, unless the client would not understand it or the final one has begun.
    package func writeInformational(_ head: HTTPResponse) {
        guard let exchange, exchange.isAwaitingResponse, !exchange.isHTTP10, phase == .exchanging else { return }
        if head.status.code == 100 {
            guard exchange.awaitsContinue else { return }
            self.exchange?.awaitsContinue = false
        }
        out.writeHead(head, framing: .none, closing: false)
    }

    private func begin(_ head: HTTPResponse, _ context: ChannelHandlerContext) {
        guard let isHead = exchange?.isHead, let isHTTP10 = exchange?.isHTTP10, exchange?.isAwaitingResponse == true else { return }
        if head.status.code == 101 { return switchProtocols(head, context) }
        let framing = ResponseFraming(head, isHead: isHead, isHTTP10: isHTTP10)
        // What has not been read by now is not wanted: the next request could not be told from it.
        if exchange?.hasEnded == false || isQuiescing || framing.needsClose { exchange?.keepsAlive = false }
        exchange?.response = .started(framing)
        out.writeHead(head, framing: framing, closing: exchange?.keepsAlive == false, date: exchange?.date)
    }

    private func writeBody(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .started(let framing) = exchange?.response, bytes.readableBytes > 0 else { return }
        switch framing {
        case .none: return
        case .length(let remaining):
            guard bytes.readableBytes <= remaining else { return context.close(promise: nil) }
            exchange?.response = .started(.length(remaining: remaining - bytes.readableBytes))
            write(bytes, context)
        case .chunked:
            out.writeChunkSize(bytes.readableBytes)
            write(bytes, context)
            out.writeStaticString("\r\n")
        case .untilClose: write(bytes, context)
        }
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if bytes.readableBytes <= Self.copyLimit {
            out.writeImmutableBuffer(bytes)
            return
        }
        if out.readableBytes > 0 { writeOut(context) }
        written += bytes.readableBytes
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
        hasUnflushed = true
    }

    private func end(_ trailers: HTTPFields?, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        guard let exchange, case .started(let framing) = exchange.response else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        if case .chunked = framing { out.writeLastChunk(trailers) }
        flush(context: context)
        promise?.succeed()
        // Writing may have ended the connection.
        guard phase == .exchanging else { return }
        if case .length(let remaining) = framing, remaining > 0 { return context.close(promise: nil) }
        self.exchange = nil
        exchange.started?.cancel()
        if exchange.keepsAlive && !isQuiescing { becomeIdle(context) } else { finish(context) }
    }

    private func becomeIdle(_ context: ChannelHandlerContext) {
        phase = .idle
        updateDeadline(context)
        if !held.isEmpty { replayHeld(context) }
    }

    /// Sends what is still to be sent, however slow the client takes it, then ends the connection.
    func finish(_ context: ChannelHandlerContext) {
        phase = .draining
        // Of what is not heeded any more, this is.
        isInputClosed = isInputClosed || held.contains { if case .inputClosed = $0 { true } else { false } }
        held = []
        guard unsent(context) > 0 else { return endOutput(context) }
        updateDeadline(context)
        let isSent = context.eventLoop.makePromise(of: Void.self)
        // Completes with everything before it; closing the sending side would not wait where the other one is closed.
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: isSent)
        isSent.futureResult.assumeIsolated().whenComplete { _ in self.context.map(self.endOutput) }
        read(context: context)
    }

    /// Ends the sending side and waits a moment for the client to end its own, so that it can read the response in peace.
    private func endOutput(_ context: ChannelHandlerContext) {
        isSent = true
        if isInputClosed || drained > settings.lingerBytes { return context.close(promise: nil) }
        updateDeadline(context)
        context.close(mode: .output, promise: nil)
        context.read()
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The sending side ends itself once everything has been sent.
        if mode == .output, phase == .draining { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
    }

    private func switchProtocols(_ head: HTTPResponse, _ context: ChannelHandlerContext) {
        guard let onSwitch = exchange?.onSwitch else { return context.close(promise: nil) }
        out.writeHead(head, framing: .none, closing: false)
        flush(context: context)
        phase = .switched
        exchange = nil
        updateDeadline(context)
        onSwitch()
        // Whoever has taken the connection over was not there when the server began to stop.
        if isQuiescing { context.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Answers a request that never reaches the application, and ends the connection.
    func refuse(_ error: GatehouseError, _ context: ChannelHandlerContext) {
        let id = settings.requestID()
        let fields = settings.refusalFields
        logger.notice(
            "request refused",
            metadata: [
                "gate.code": "\(error.code)", "gate.request_id": "\(id)", "gate.peer": "\(peer(context))",
                "gate.reason": "\(error.message)",
            ])
        out.clear()
        out.writeRefusal(error.code, id: id, fields)
        flush(context: context)
        exchange = nil
        finish(context)
    }
}

extension ByteBuffer {
    /// Writes a whole response: problem details (RFC 9457) of the fewest members.
    fileprivate mutating func writeRefusal(_ code: GatehouseError.Code, id: String, _ own: HTTPFields) {
        let status: HTTPResponse.Status = code == .headersTooLarge ? .requestHeaderFieldsTooLarge : .badRequest
        let body = """
            {"type":"about:blank","title":"\(status.reasonPhrase)","status":\(status.code),"code":"\(code)","request_id":"\(id)"}
            """
        var fields: HTTPFields = [
            .contentType: "application/problem+json", .contentLength: String(body.utf8.count), .cacheControl: "no-store", .requestID: id,
            .xContentTypeOptions: "nosniff",
        ]
        fields.append(contentsOf: own)
        writeHead(HTTPResponse(status: status, headerFields: fields), framing: .length(remaining: body.utf8.count), closing: true)
        writeString(body)
    }
}

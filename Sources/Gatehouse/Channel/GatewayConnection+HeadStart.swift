import HTTPTypes
package import NIOCore
import NIOHTTPTypes

/// A request that needs nothing but memory and an upstream goes there straight away: the request loop, its task and its streams cost more
/// than all that has to be looked at. Whatever turns out to need them is handed to the loop together with what has been begun.
extension GatewayConnection {
    /// Whether the request that was read in this burst has gone ahead.
    func startAhead() -> Bool {
        guard let headStart, burst.count == 2, case .head(let request) = burst[0], case .end(nil) = burst[1], context?.channel.isActive == true,
            // The request loop waits for a client that is slow to read; here nobody would.
            exchange?.asksForUpgrade == false, context?.channel.isWritable == true, let started = headStart(request, self)
        else { return false }
        burst.removeAll(keepingCapacity: true)
        exchange?.ahead = RequestAhead(request: request, started: started)
        if started.work.hasResult { passOn() }
        return true
    }

    /// The present request went ahead, and nobody has answered it yet or handed it to the request loop.
    package var isAhead: Bool { exchange?.ahead != nil }

    /// Answers the request that went ahead with all of its response; the request loop never hears of it.
    ///
    /// - Parameters:
    ///   - status: a final one, with a phrase that is fit for a status line.
    ///   - length: of the body that the response to a `HEAD` does not have.
    ///   - fields: puts the fields that are about neither the connection nor the length of the body, nor name the request.
    package func answerAhead(
        _ status: (code: Int, phrase: String), length: String? = nil, _ body: ByteBuffer?, fields: (inout PieceWriter) -> Void
    ) {
        guard let context, let id = exchange?.ahead?.started.id, let isHead = exchange?.isHead else { return }
        exchange?.ahead = nil
        if isQuiescing { exchange?.keepsAlive = false }
        let closing = exchange?.keepsAlive == false
        let mayHaveBody = status.code != 204 && status.code != 304
        let hasBody = mayHaveBody && !isHead
        let size = hasBody ? body?.readableBytes ?? 0 : 0
        exchange?.response = .started(hasBody ? .length(remaining: size) : .none)
        out.writePieces(room: 1024 + min(size, Self.copyLimit)) { head in
            head.putStatusLine(status.code, status.phrase)
            fields(&head)
            head.putField("X-Request-ID", id)
            if mayHaveBody, let length = isHead ? length : String(size) { head.putField("Content-Length", length) }
            if closing { head.put("Connection: close\r\n") }
            head.endLine()
        }
        finishResponse(body, context)
    }

    /// Hands the request that went ahead to the request loop after all; whoever handles it there finds the work that was begun.
    package func passOn() {
        guard let context, let ahead = exchange?.ahead else { return }
        exchange?.ahead = nil
        exchange?.started = ahead.started.work
        var request = ahead.request
        request.headerFields[.requestID] = ahead.started.id
        context.fireChannelRead(Self.wrapInboundOut(.head(request)))
        context.fireChannelRead(Self.wrapInboundOut(.end(nil)))
        context.fireChannelReadComplete()
    }

    /// The work that was begun for the present request; whoever takes it has to see to its end.
    package func takeStarted() -> (any StartedWork)? {
        let started = exchange?.started
        exchange?.started = nil
        return started
    }
}

import GatehouseCore
import HTTPTypes
import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

extension GatewayConnection {
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        if !held.isEmpty { return held.append(.part(part)) }
        receive(part, context)
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (phase, part) {
        case (.idle, .head(let head)): begin(head, context)
        case (.exchanging, .head) where exchange?.hasEnded == true: held.append(.part(part))
        case (.exchanging, .body(let bytes)):
            burst.append(.body(bytes))
            exchange?.awaitsContinue = false
        case (.exchanging, .end(let trailers)):
            exchange?.hasEnded = true
            exchange?.awaitsContinue = false
            exchange?.trailers = trailers.flatMap { HTTPFields(checking: $0) }
            burst.append(.end(exchange?.trailers))
            updateDeadline(context)
        case (.draining, .body(let bytes)): drain(bytes, context)
        default: break
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isReadingHead = false
        do throws(GatehouseError) {
            let head = try RequestHead(head)
            exchange = Exchange(head)
            if isQuiescing { exchange?.keepsAlive = false }
            phase = .exchanging
            burst.append(.head(head.request))
            updateDeadline(context)
        } catch {
            refuse(error, context)
        }
    }

    /// Throws away what nobody wants any more, up to a limit; beyond it nothing is read until the response has been sent.
    private func drain(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        drained += bytes.readableBytes
        if drained > settings.lingerBytes, isSent { context.close(promise: nil) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        deliver(context)
        isReading = false
        switch phase {
        case .idle where !isReadingHead && !isInputClosed:
            isReadingHead = true
            setDeadline(in: settings.headTimeout)
        case .exchanging where exchange?.hasEnded == false && context.channel.isWritable: updateDeadline(context)
        default: break
        }
        context.fireChannelReadComplete()
    }

    private func deliver(_ context: ChannelHandlerContext) {
        guard !burst.isEmpty, !startAhead() else { return }
        let parts = burst
        burst.removeAll(keepingCapacity: true)
        for part in parts { context.fireChannelRead(Self.wrapInboundOut(part)) }
    }

    /// Takes up what came in behind the request that has just been answered.
    func replayHeld(_ context: ChannelHandlerContext) {
        while phase != .exchanging || exchange?.hasEnded == false, let next = held.popFirst() {
            switch next {
            case .part(let part): receive(part, context)
            case .failure(let error): fail(error, context)
            case .inputClosed: closeInput(context)
            }
        }
        deliver(context)
        context.fireChannelReadComplete()
        if heldRead, held.isEmpty {
            heldRead = false
            context.read()
        }
    }

    package func read(context: ChannelHandlerContext) {
        guard held.isEmpty else { return heldRead = true }
        if phase == .draining, drained > settings.lingerBytes { return }
        isReading = true
        if phase == .exchanging, exchange?.hasEnded == false, context.channel.isWritable { updateDeadline(context) }
        context.read()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: quiesce(context)
        case ChannelEvent.inputClosed:
            if held.isEmpty { closeInput(context) } else { held.append(.inputClosed) }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The client sends nothing more; a response in progress goes on as long as it makes progress.
    private func closeInput(_ context: ChannelHandlerContext) {
        isInputClosed = true
        switch phase {
        case .idle: finish(context)
        case .draining where isSent: context.close(promise: nil)
        case .draining: updateDeadline(context)
        case .exchanging:
            exchange?.keepsAlive = false
            deliver(context)
            // Behind the end of the input the request loop takes no request any more.
            passOn()
            updateDeadline(context)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .switched: break
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if held.isEmpty { fail(error, context) } else { held.append(.failure(error)) }
    }

    /// What the decoder could not read: a refusal where the response has not begun, else the end of the connection.
    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        guard let error = error as? HTTPParserError else {
            if case ByteToMessageDecoderError.dataReceivedInErrorState(_, let bytes) = error, phase == .draining {
                return drain(bytes, context)
            }
            logger.debug("connection failed", metadata: ["gate.error": "\(error)", "gate.peer": "\(peer(context))"])
            context.close(promise: nil)
            return
        }
        switch phase {
        case .idle: refuse(Self.refusal(for: error), context)
        case .exchanging where exchange?.hasEnded == true: held.append(.failure(error))
        case .exchanging where exchange?.isAwaitingResponse == true:
            let isDelivered = burst.isEmpty || !burst.contains { if case .head = $0 { true } else { false } }
            burst.removeAll()
            exchange?.onClose?()
            refuse(Self.refusal(for: error), context)
            if isDelivered { context.fireErrorCaught(error) }
        case .exchanging:
            context.close(promise: nil)
        case .draining, .switched: break
        }
    }

    private static func refusal(for error: HTTPParserError) -> GatehouseError {
        error == .headerOverflow
            ? GatehouseError(.headersTooLarge, "The request's head is larger than the settings allow.", cause: error)
            : GatehouseError(.malformedRequest, "The request is not well-formed HTTP/1.", cause: error)
    }
}

extension HTTPFields {
    /// The trailer fields that may be passed on; those that steer framing, routing or identity are dropped (RFC 9110 section 6.5.1).
    init?(checking trailers: HTTPHeaders) {
        var reader = FieldReader()
        for (name, value) in trailers { try? reader.read(name, value) }
        for name in [HTTPField.Name.contentLength, .transferEncoding, .authorization, .cookie, .connection, .te, .trailer, .upgrade] {
            reader.fields[name] = nil
        }
        guard !reader.fields.isEmpty else { return nil }
        self = reader.fields
    }
}

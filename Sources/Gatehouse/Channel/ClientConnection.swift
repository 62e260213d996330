package import HTTPTypes
public import NIOCore

/// What a responder may ask of the connection that its request came in on; on any other channel than ours it asks in vain.
public struct ClientConnection: Sendable {
    public let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// The connection itself; to be called on its event loop.
    package var handler: GatewayConnection? {
        try? channel.pipeline.syncOperations.handler(type: GatewayConnection.self)
    }

    /// Tells a client that waits for it to send the body (RFC 9110 section 10.1.1); nothing happens where none waits.
    public func sendContinue() async throws {
        try await channel.eventLoop.run { handler?.sendContinue() }
    }

    /// The companion of a request that has not been read to its end; `nil` where it has.
    func companionOfUnfinishedRequest() async throws -> Companion? {
        try await channel.eventLoop.run { handler?.companionOfUnfinishedRequest() }
    }
}

extension GatewayConnection {
    /// All of the request has been read from the socket.
    package var hasWholeRequest: Bool { exchange?.hasEnded ?? false }

    /// The fields behind the last chunk of the present request.
    package var requestTrailers: HTTPFields? { exchange?.trailers }

    /// The client waits for `100 Continue`.
    package var awaitsContinue: Bool { exchange?.awaitsContinue ?? false }

    /// Runs work beside the response of the present request, whose body was unfinished when its handler was called.
    package var companion: Companion? { exchange?.companion }

    /// Called on the event loop if the client goes away before the response is complete; the last one set counts.
    package func onClose(_ body: (() -> Void)?) { exchange?.onClose = body }

    /// Called on the event loop once the head of the `101` that answers the present request has been written.
    package func onSwitch(_ body: @escaping () -> Void) { exchange?.onSwitch = body }

    /// Called on the event loop when the server stops, or at once where it is stopping: a response without an end has to end then.
    package func onQuiesce(_ body: @escaping () -> Void) {
        guard phase == .exchanging else { return }
        if isQuiescing { body() } else { exchange?.onQuiesce = body }
    }

    /// Sends the response to the present request with the `Date` that it has (RFC 9110 section 6.6.1).
    package func keepDate(_ date: String) { exchange?.date = date }

    package var eventLoop: (any EventLoop)? { context?.eventLoop }

    /// Whether there is a request whose response is still to come.
    package var isExchanging: Bool { phase == .exchanging }

    package func sendContinue() {
        guard let context, awaitsContinue else { return }
        writeInformational(HTTPResponse(status: .continue))
        flush(context: context)
        updateDeadline(context)
    }

    /// Passes an informational response on (RFC 9110 section 15.2), unless the client is behind with reading.
    package func sendInformational(_ head: HTTPResponse) {
        guard let context, context.channel.isWritable else { return }
        writeInformational(head)
        flush(context: context)
    }

    func companionOfUnfinishedRequest() -> Companion? {
        guard phase == .exchanging, exchange?.hasEnded == false else { return nil }
        let companion = Companion()
        exchange?.companion = companion
        return companion
    }
}

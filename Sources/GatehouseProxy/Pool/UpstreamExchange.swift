import Gatehouse
import GatehouseCore
import HTTPTypes
import NIOCore
import NIOHTTP1

/// One request to an upstream and its response. Confined to the event loop of the connection.
final class UpstreamExchange: StartedWork {
    typealias Waiter = (Result<UpstreamAnswer, any Error>) -> Void

    /// What became of the response.
    private enum Phase {
        case awaitingHead
        /// The head has come, maybe some of the body; both wait for the end of the burst they came in.
        case collecting(HTTPResponseHead)
        case streaming
        case over
    }

    let plan: ForwardingPlan
    private let timeouts: Upstream.Timeouts
    private let idle: IdleConnections
    private var connection: UpstreamConnection?
    private var phase = Phase.awaitingHead
    private var answer: Waiter?
    /// The answer that came before anybody of the request loop waited for it.
    private var kept: Result<UpstreamAnswer, any Error>?
    /// Who is told of informational responses; it is the same event loop's.
    private weak var client: GatewayConnection?

    private var received: [ByteBuffer] = []
    private var receivedBytes = 0
    private(set) var hasEnded = false
    private var trailers: HTTPHeaders?
    private var isKeepAlive = false
    private var isChunked = false
    private var informationalCount = 0
    private var reader: CheckedContinuation<[ByteBuffer]?, any Error>?
    private var failure: (any Error)?
    private var isReused = false
    /// Keeps back what comes behind a `101`.
    private var gate: HandshakeGate?

    private var hasSentAll: Bool
    private var writer: CheckedContinuation<Void, any Error>?
    private var isContinued = false
    private var continueWaiter: CheckedContinuation<Void, Never>?

    init(_ plan: ForwardingPlan, hasWholeBody: Bool, _ upstream: Upstream, idle: IdleConnections, client: GatewayConnection?) {
        self.plan = plan
        upstreamPath = upstream.path
        timeouts = upstream.timeouts
        self.idle = idle
        self.client = client
        hasSentAll = hasWholeBody
    }

    /// Takes the one who waits for the head of the response; who waited before does not any more.
    func await(_ answer: @escaping Waiter) {
        if let kept {
            self.kept = nil
            return answer(kept)
        }
        // The task may have been cancelled before it came here.
        if let failure { answer(.failure(failure)) } else { self.answer = answer }
    }

    var hasResult: Bool { kept != nil }

    /// Keeps an answer for somebody else, who will wait for it.
    func keep(_ answer: Result<UpstreamAnswer, any Error>) { kept = answer }

    /// Somebody still waits for the response.
    var isAwaited: Bool { failure == nil }
    /// It waits for a connection, or has one, or is over.
    private(set) var hasStarted = false
    /// Of whom the response was asked.
    let upstreamPath: String

    /// Takes an idle connection or opens one, and sends `bytes` on it; `then` is called once they have been sent.
    func start(from pool: UpstreamPool, on eventLoop: any EventLoop, _ bytes: ByteBuffer, mayReuse: Bool, then: @escaping () -> Void = {}) {
        hasStarted = true
        if mayReuse, let connection = idle.take(mayRepeat: plan.isIdempotent && hasSentAll) {
            start(on: connection, bytes, isReused: true)
            return then()
        }
        pool.connect(on: eventLoop, timeout: timeouts.connect).assumeIsolated().whenComplete { result in
            switch result {
            case .failure(let error): self.failToConnect(error)
            case .success(let channel):
                guard let connection = try? channel.pipeline.syncOperations.handler(type: UpstreamConnection.self) else {
                    return self.failToConnect(ChannelError.ioOnClosedChannel)
                }
                self.start(on: connection, bytes, isReused: false)
                then()
            }
        }
    }

    private func start(on connection: UpstreamConnection, _ bytes: ByteBuffer, isReused: Bool) {
        guard failure == nil else { return connection.close() }
        if plan.wantsTunnel, let channel = connection.channel {
            let gate = HandshakeGate()
            guard (try? channel.pipeline.syncOperations.addHandler(gate, position: .first)) != nil else {
                return failToConnect(ChannelError.ioOnClosedChannel)
            }
            self.gate = gate
        }
        self.isReused = isReused
        self.connection = connection
        connection.begin(self, bytes)
        connection.expect(within: hasSentAll ? timeouts.firstByte : timeouts.idle)
    }
}

// MARK: - The response
extension UpstreamExchange {
    /// A response may be buffered up to here before the upstream is read no further.
    private static let bufferLimit = 256 * 1024
    /// How many informational responses may come before the final one.
    private static let informationalLimit = 16

    var wantsMore: Bool { receivedBytes < Self.bufferLimit }

    func receive(_ head: HTTPResponseHead) {
        let status = Int(head.status.code)
        if (100..<200).contains(status), status != 101 { return receiveInformational(head) }
        guard case .awaitingHead = phase, status >= 101, status <= 999, Self.hasClearFraming(head.headers),
            status != 101 || plan.wantsTunnel
        else {
            return fail(GatehouseError(.upstreamInvalid, "The upstream sent a response that cannot be understood."))
        }
        isKeepAlive = head.isKeepAlive && !Self.mayHideBody(head)
        isChunked = head.headers.contains(name: "transfer-encoding")
        phase = .collecting(head)
    }

    /// A response whose length two readers could see differently is not passed on.
    private static func hasClearFraming(_ headers: HTTPHeaders) -> Bool {
        let codings = headers["transfer-encoding"]
        if codings.isEmpty { return true }
        return codings.count == 1 && codings[0].lowercased() == "chunked" && !headers.contains(name: "content-length")
    }

    /// A `204` that announces a body: whatever comes behind it could be taken for the next response.
    private static func mayHideBody(_ head: HTTPResponseHead) -> Bool {
        guard head.status.code == 204 else { return false }
        return head.headers.contains(name: "transfer-encoding") || head.headers["content-length"].contains { $0 != "0" }
    }

    private func receiveInformational(_ head: HTTPResponseHead) {
        informationalCount += 1
        guard informationalCount <= Self.informationalLimit else {
            return fail(GatehouseError(.upstreamInvalid, "The upstream sends one informational response after the other."))
        }
        if head.status.code == 100 { return continueBody() }
        client?.sendInformational(
            HTTPResponse(status: .init(code: Int(head.status.code)), headerFields: HTTPFields(fromUpstream: head.headers)))
    }

    func receive(_ bytes: ByteBuffer) {
        received.append(bytes)
        receivedBytes += bytes.readableBytes
    }

    func receiveEnd(_ trailers: HTTPHeaders?) {
        hasEnded = true
        self.trailers = trailers
    }

    /// Whether nothing came behind the response: its body is all that was left of the last read, or that ended with an empty line.
    ///
    /// Of what may come behind, only line ends and whole heads end with an empty line too; the decoder skips the first and shows the others.
    func hasEnded(with bytes: ByteBuffer, tail: UInt32) -> Bool {
        if let last = received.last, !isChunked { return last.isEnd(of: bytes) }
        return tail == 0x0d0a_0d0a
    }

    /// Keeps the connection from being used again.
    func spoil() { isKeepAlive = false }

    /// Everything that came in one read has been taken; now it is passed on in one piece.
    func completeBurst() {
        switch phase {
        case .awaitingHead, .over: return
        case .collecting(let head): answerHead(head)
        case .streaming: answerReader()
        }
    }

    private func answerHead(_ head: HTTPResponseHead) {
        continueBody()
        let answer = answer
        self.answer = nil
        if head.status == .switchingProtocols, let connection, let channel = connection.channel, let gate {
            phase = .over
            self.connection = nil
            connection.handOver()
            let bound = NIOLoopBound(gate, eventLoop: channel.eventLoop)
            answer?(.success(UpstreamAnswer(head: head, body: .tunnel(channel, bound))))
        } else if hasEnded, hasSentAll, trailers == nil {
            let body = received.count <= 1 ? received.first : joined()
            finish()
            answer?(.success(UpstreamAnswer(head: head, body: .whole(body))))
        } else {
            phase = .streaming
            connection?.expect(within: timeouts.idle)
            answer?(.success(UpstreamAnswer(head: head, body: .stream)))
        }
    }

    private func joined() -> ByteBuffer? {
        var all = ByteBuffer()
        all.reserveCapacity(receivedBytes)
        for bytes in received { all.writeImmutableBuffer(bytes) }
        return all
    }

    private func answerReader() {
        connection?.expect(within: timeouts.idle)
        guard let reader, !received.isEmpty || hasEnded else { return }
        self.reader = nil
        reader.resume(returning: takeReceived())
    }

    /// What has come since the last call; `nil` at the end of the body.
    private func takeReceived() -> [ByteBuffer]? {
        guard !received.isEmpty else {
            finish()
            return nil
        }
        defer {
            received.removeAll(keepingCapacity: true)
            receivedBytes = 0
            connection?.resumeReading()
            if !hasEnded { connection?.expect(within: timeouts.idle) }
        }
        return received
    }

    /// Hands out the next piece of the body, at once or when it comes.
    func next(_ reader: CheckedContinuation<[ByteBuffer]?, any Error>) {
        if !received.isEmpty || hasEnded { return reader.resume(returning: takeReceived()) }
        if let failure { return reader.resume(throwing: failure) }
        guard case .streaming = phase else { return reader.resume(throwing: CancellationError()) }
        self.reader = reader
    }

    /// The trailer fields, once the body has ended.
    var trailerFields: HTTPFields? { trailers.map(HTTPFields.init(trailersFromUpstream:)) }
}

// MARK: - The request's body
extension UpstreamExchange {
    /// Writes a piece of the body; `writer` is resumed when the next one is welcome.
    func write(_ bytes: ByteBuffer, _ writer: CheckedContinuation<Void, any Error>) {
        guard let connection, failure == nil else { return writer.resume(throwing: failure ?? CancellationError()) }
        if plan.body == .chunked {
            var size = ByteBuffer()
            size.writeChunkSize(bytes.readableBytes)
            connection.write(size, bytes, ByteBuffer(staticString: "\r\n"))
        } else {
            connection.write(bytes)
        }
        connection.expect(within: timeouts.idle)
        if connection.isWritable { writer.resume() } else { self.writer = writer }
    }

    func becameWritable() {
        let writer = writer
        self.writer = nil
        writer?.resume()
    }

    /// The body has been written to its end.
    func finishBody(_ trailers: HTTPFields?) {
        guard let connection, failure == nil else { return }
        if plan.body == .chunked {
            var last = ByteBuffer()
            last.writeLastChunk(trailers)
            connection.write(last)
        }
        hasSentAll = true
        if case .awaitingHead = phase { connection.expect(within: timeouts.firstByte) }
    }

    /// Waits until the upstream wants the body, or has answered without it, or has said nothing for `time`.
    func awaitContinue(_ waiter: CheckedContinuation<Void, Never>, for time: TimeAmount, on eventLoop: any EventLoop) {
        if isContinued || failure != nil { return waiter.resume() }
        continueWaiter = waiter
        _ = eventLoop.assumeIsolated().scheduleTask(in: time) { self.continueBody() }
    }

    func continueBody() {
        isContinued = true
        let waiter = continueWaiter
        continueWaiter = nil
        waiter?.resume()
    }

    /// Whether the body is still asked for: the upstream has not answered yet, or reads on while it answers.
    var takesBody: Bool { connection != nil && failure == nil && (!plan.expectsContinue || answer != nil) }
}

// MARK: - The end
extension UpstreamExchange {
    /// The response is complete; the connection goes back unless it cannot serve another request.
    private func finish() {
        guard let connection else { return }
        phase = .over
        self.connection = nil
        if isKeepAlive, hasSentAll { connection.release(to: idle) } else { connection.close() }
        stopBody(CancellationError())
    }

    func connectionClosed() {
        let message = hasBegun ? "The upstream broke off its response." : "The upstream closed the connection without a response."
        fail(GatehouseError(hasBegun ? .upstreamInvalid : .upstreamUnavailable, message))
    }

    func failToConnect(_ error: any Error) {
        if case ChannelError.connectTimeout = error {
            fail(GatehouseError(.upstreamTimeout, "The upstream did not accept a connection in time.", cause: error))
        } else {
            fail(GatehouseError(.upstreamUnavailable, "The upstream accepts no connections.", cause: error))
        }
    }

    func timedOut() { fail(GatehouseError(.upstreamTimeout, "The upstream did not answer in time.")) }

    /// The response ends here, as if the upstream had ended it: for one that has no end of its own.
    func endEarly() {
        guard case .streaming = phase, !hasEnded else { return }
        hasEnded = true
        spoil()
        answerReader()
    }

    /// The client has gone away or the response is not wanted any more.
    func cancel() { fail(CancellationError()) }

    /// Ends the exchange and its connection; what has come before is still handed out, then `error` is thrown.
    func fail(_ error: any Error) {
        guard failure == nil else { return }
        if case .over = phase { return }
        let isGivenUp = error is CancellationError
        // A response that is already complete stays good, whatever became of the connection.
        if hasEnded, !isGivenUp {
            spoil()
            return completeBurst()
        }
        let wasDead = isReused && !hasBegun && !isGivenUp
        if case .collecting = phase { completeBurst() }
        let error = wasDead ? Self.dead(Self.wrapped(error)) : Self.wrapped(error)
        failure = error
        phase = .over
        connection?.close()
        connection = nil
        let answer = answer
        self.answer = nil
        reader?.resume(throwing: error)
        reader = nil
        stopBody(error)
        answer?(.failure(error))
    }

    /// Nothing came back on a connection that had been idle: whoever may send the request again should.
    private static func dead(_ error: any Error) -> any Error {
        guard let error = error as? GatehouseError, error.code == .upstreamUnavailable else { return error }
        return DeadConnection(cause: error)
    }

    private static func wrapped(_ error: any Error) -> any Error {
        switch error {
        case is GatehouseError, is CancellationError: error
        case is HTTPParserError, is NIOHTTPDecoderError:
            GatehouseError(.upstreamInvalid, "The upstream does not speak HTTP/1.", cause: error)
        default: GatehouseError(.upstreamUnavailable, "The connection to the upstream broke.", cause: error)
        }
    }

    private func stopBody(_ error: any Error) {
        writer?.resume(throwing: error)
        writer = nil
        continueBody()
    }

    /// Nothing of the final response has come.
    var isAwaitingHead: Bool {
        if case .awaitingHead = phase { true } else { false }
    }

    private var hasBegun: Bool { !isAwaitingHead }
}

/// A connection from the pool that had died while it was idle.
struct DeadConnection: Error {
    let cause: GatehouseError
}

/// What an upstream answered, as far as it has come.
struct UpstreamAnswer {
    enum Body {
        case whole(ByteBuffer?)
        case stream
        case tunnel(any Channel, NIOLoopBound<HandshakeGate>)
    }

    let head: HTTPResponseHead
    let body: Body
}

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// A real HTTP server on loopback that does what it is told, and counts.
final class KeySetServer: Sendable {
    struct Answer: Sendable {
        var status: HTTPResponseStatus = .ok
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// Sends the head and a byte now and then, and never ends.
        var trickles = false
    }

    /// What it does with a path; `nil` never answers.
    typealias Script = @Sendable (_ path: String) -> Answer?

    struct Request: Sendable {
        let path: String
        let headers: [(name: String, value: String)]
    }

    private let script: Mutex<Script>
    private let log = Mutex<[Request]>([])
    private let channel: Mutex<(any Channel)?>

    private init(_ script: @escaping Script) {
        self.script = Mutex(script)
        channel = Mutex(nil)
    }

    /// Starts a server, hands it to `body` and stops it.
    static func with(
        _ script: @escaping Script, tls: NIOSSLContext? = nil, _ body: (KeySetServer) async throws -> Void
    ) async throws {
        let server = KeySetServer(script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Exchange(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        do {
            try await body(server)
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    /// What a server with the tests' certificate speaks.
    static func tls() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array(TestCertificate.pem.utf8)).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(bytes: Array(TestCertificate.privateKeyPEM.utf8), format: .pem)
        return try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: certificates, privateKey: .privateKey(key)))
    }

    func set(_ script: @escaping Script) { self.script.withLock { $0 = script } }

    var requests: [Request] { log.withLock { $0 } }
    var paths: [String] { requests.map(\.path) }
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
    func url(_ path: String = "/keys") -> String { "http://127.0.0.1:\(port)\(path)" }

    fileprivate func answer(_ head: HTTPRequestHead) -> Answer? {
        log.withLock { $0.append(Request(path: head.uri, headers: head.headers.map { (name: $0.name, value: $0.value) })) }
        return script.withLock { $0 }(head.uri)
    }
}

private final class Exchange: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: KeySetServer
    private var answer: KeySetServer.Answer?

    init(_ server: KeySetServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer = server.answer(head)
        case .body: break
        case .end: if let answer { write(answer, context) }
        }
    }

    private func write(_ answer: KeySetServer.Answer, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.headers)
        if !answer.trickles, !headers.contains(name: "transfer-encoding") {
            headers.replaceOrAdd(name: "content-length", value: "\(answer.body.count)")
        }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))), promise: nil)
        guard answer.trickles else {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return
        }
        context.flush()
        let channel = context.channel
        context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { task in
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: [0x20])))).whenFailure { _ in task.cancel() }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

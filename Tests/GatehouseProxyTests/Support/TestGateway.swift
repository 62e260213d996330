import Gatehouse
import GatehouseCore
import GatehouseProxy
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// A gateway on a port of its own: our channel, a responder that authorises with the upstream's policy, the proxy.
struct TestGateway: Sendable {
    let proxy: ReverseProxy
    let port: Int
    /// How many requests reached the responder.
    let requests: Counter

    final class Counter: Sendable {
        private let value = Atomic(0)
        var count: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }

    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
            channel = source.channel
        }
    }

    struct Responder: HTTPResponder {
        let proxy: ReverseProxy
        let principal: Principal?
        let isPeerTrusted: Bool
        let requests: Counter
        let own: (@Sendable (Request) async throws -> Response?)?

        func respond(to request: Request, context: Context) async throws -> Response {
            requests.add()
            do {
                if let response = try await own?(request) { return response }
                let canonical = try canonical(request.head)
                guard let upstream = proxy.upstreams.first, let policy = upstream.policy else {
                    return Response(status: .notFound)
                }
                switch policy.authorize(principal, canonical, now: WallClock.system.now()) {
                case .allow(let authorized): return try await proxy.forward(authorized, request, to: upstream, on: context.channel)
                case .deny: return Response(status: .unauthorized)
                }
            } catch let error as GatehouseError {
                let status: HTTPResponse.Status =
                    switch error.code {
                    case .upstreamUnavailable, .upstreamInvalid: .badGateway
                    case .upstreamTimeout: .gatewayTimeout
                    case .serviceWorkerRefused: .forbidden
                    default: .badRequest
                    }
                return Response(status: status, body: .init(byteBuffer: ByteBuffer(string: "\(error.code)")))
            }
        }

        private func canonical(_ head: HTTPRequest) throws -> CanonicalRequest {
            let peer = IPAddress("192.0.2.7")
            let host = try Host(head.authority ?? "gateway", scheme: .http)
            let route = CanonicalRequest.Route(peer: peer, client: peer, scheme: .http, host: host, isPeerTrusted: isPeerTrusted)
            return try CanonicalRequest(method: head.method.rawValue, target: head.path ?? "/", route: route, id: "request-1")
        }

        /// As the gate's own: what is not admitted at once is left to `respond`.
        var headStart: HeadStart? {
            guard BothWays.startsAhead, own == nil else { return nil }
            return { request, connection in
                guard request.method == .get || request.method == .head, let upstream = proxy.upstreams.first,
                    let canonical = try? canonical(request),
                    case .allow(let authorized)? = upstream.policy?.authorize(principal, canonical, now: WallClock.system.now())
                else { return nil }
                return proxy.start(authorized, request, to: upstream, on: connection).map { StartedRequest(id: canonical.id, work: $0) }
            }
        }
    }
}

/// Runs a gateway while `body` runs, then shuts it down and waits for its end.
func withGateway<Result: Sendable>(
    _ proxy: ReverseProxy = ReverseProxy([]), as principal: Principal? = nil, isPeerTrusted: Bool = false,
    settings: ChannelSettings = ChannelSettings(),
    answering own: (@Sendable (Request) async throws -> Response?)? = nil,
    _ body: @escaping @Sendable (TestGateway, ServiceGroup) async throws -> Result
) async throws -> Result {
    let requests = TestGateway.Counter()
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let responder = TestGateway.Responder(
        proxy: proxy, principal: principal, isPeerTrusted: isPeerTrusted, requests: requests, own: own)
    let app = Application(
        responder: responder, server: GatewayChannel.builder(settings, headStart: responder.headStart),
        configuration: .init(address: .hostname("127.0.0.1", port: 0)), services: [proxy],
        onServerRunning: { running.yield($0.localAddress?.port ?? 0) }, logger: logger)
    let group = ServiceGroup(configuration: .init(services: [app], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        let port = await iterator.next() ?? 0
        do {
            let result = try await body(TestGateway(proxy: proxy, port: port, requests: requests), group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
    }
}

/// A gateway in front of one public upstream; `body` runs on a thread of its own and may block.
func withGateway<Result: Sendable>(
    to upstream: TestUpstream, as principal: Principal? = nil, isPeerTrusted: Bool = false,
    adjust: (Upstream) -> Upstream = { $0 }, _ body: @escaping @Sendable (RawSocket) throws -> Result
) async throws -> Result {
    let proxy = ReverseProxy([adjust(try Upstream("/", to: .init(upstream.url)).requiring(.public))])
    return try await withGateway(proxy, as: principal, isPeerTrusted: isPeerTrusted) { gateway, _ in
        let port = gateway.port
        return try await blocking { try body(RawSocket(port: port)) }
    }
}

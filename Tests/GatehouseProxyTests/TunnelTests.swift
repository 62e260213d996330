import GatehouseCore
import GatehouseProxy
import ServiceLifecycle
import Synchronization
import Testing

/// WebSockets through the gateway; both ends are raw sockets, so every byte is the test's.
@Suite(.bothWays) struct TunnelTests {
    static let handshake = """
        GET /stream?x=%2f HTTP/1.1\r
        Host: app.example.com\r
        Connection: keep-alive, Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Protocol: streamlit, other\r
        Origin: http://app.example.com\r
        Cookie: gatehouse=s3cret; a=1\r
        \r

        """
    static let accepted = """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: WebSocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
        Sec-WebSocket-Protocol: streamlit\r
        \r

        """

    /// A frame; masked, as clients send them, with a key of zeros.
    private static func frame(_ opcode: UInt8, _ payload: [UInt8] = [], isMasked: Bool = true, isFinal: Bool = true) -> [UInt8] {
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ..<126: bytes.append(mask | UInt8(payload.count))
        case ..<65536: bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [mask | 127] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 255) }
        }
        return bytes + (isMasked ? [0, 0, 0, 0] : []) + payload
    }

    /// Accepts the handshake, then echoes every byte.
    private func echo() throws -> TestUpstream {
        try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(Self.accepted)
            while true {
                let bytes = try socket.receive()
                if bytes.isEmpty { return }
                try socket.send(bytes)
            }
        }
    }

    private static let ada = Principal(id: "u-1", username: "ada", sessionID: "s-1", credential: .session)

    private func proxy(to upstream: TestUpstream) throws -> ReverseProxy {
        ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
    }

    /// Opens a tunnel through `gateway`.
    private static func open(_ port: Int) throws -> RawSocket {
        let client = try RawSocket(port: port)
        try client.send(handshake)
        let answer = try client.readMessage()
        guard answer.status == 101 else { throw RawSocket.Failure(answer.head) }
        return client
    }

    @Test func `the handshake is passed on and both sides talk`() async throws {
        let upstream = try echo()
        let (answer, echoed) = try await withGateway(to: upstream) { client in
            try client.send(Self.handshake)
            let answer = try client.readMessage()
            let frames = Self.frame(1, Array("hello".utf8)) + Self.frame(2, [UInt8](repeating: 9, count: 70000))
            try client.send(frames)
            return (answer, try client.read(frames.count) == frames)
        }
        #expect(answer.status == 101)
        #expect(answer.all("upgrade") == ["websocket"])
        #expect(answer.all("connection") == ["Upgrade"])
        #expect(answer["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(answer["sec-websocket-protocol"] == "streamlit")
        #expect(answer["content-length"] == nil && answer["transfer-encoding"] == nil)
        #expect(echoed)
        let seen = try #require(upstream.seen.first)
        #expect(seen.target == "/stream?x=%2f")
        #expect(seen.all("connection") == ["Upgrade"])
        #expect(seen.all("upgrade") == ["websocket"])
        #expect(seen["host"] == "app.example.com")
        #expect(seen["origin"] == "http://app.example.com")
        #expect(seen["sec-websocket-protocol"] == "streamlit, other")
        #expect(seen.all("cookie") == ["a=1"])
    }

    @Test func `a handshake may come as the second request of a connection`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            while true {
                let request = upstream.note(try socket.readMessage())
                if request["upgrade"] == nil { try socket.send(ok()) } else { break }
            }
            try socket.send(Self.accepted)
            try socket.send(try socket.read(7))
        }
        let echoed = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.readMessage()
            try client.send(Self.handshake)
            _ = try client.readMessage()
            try client.send(Self.frame(1, [0x61]))
            return try client.read(7)
        }
        #expect(echoed == Self.frame(1, [0x61]))
    }

    @Test func `bytes right behind the handshake and right behind the 101 are not lost`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(Array(Self.accepted.utf8) + Self.frame(1, Array("early".utf8), isMasked: false))
            upstream.note(Message(head: String(decoding: try socket.read(11), as: UTF8.self)))
            try socket.send(Self.frame(1, Array("late".utf8), isMasked: false))
        }
        let received = try await withGateway(to: upstream) { client in
            try client.send(Array(Self.handshake.utf8) + Self.frame(1, Array("first".utf8)))
            _ = try client.readMessage()
            return try client.read(13)
        }
        #expect(received == Self.frame(1, Array("early".utf8), isMasked: false) + Self.frame(1, Array("late".utf8), isMasked: false))
        #expect(upstream.seen.last?.head.hasSuffix("first") == true)
    }

    @Test func `an upstream that declines answers like any other`() async throws {
        let upstream = try TestUpstream { _ in "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" }
        let answer = try await withGateway(to: upstream) { client in
            try client.send(Self.handshake)
            return (try client.readMessage(), client.isEnded)
        }
        #expect(answer.0.status == 403)
        #expect(answer.0.text == "no")
        #expect(answer.0["connection"] == "close")
        #expect(answer.1)
    }

    @Test(arguments: ["h2c", "h2c, foo", "websockets"]) func `nothing but a WebSocket is tunnelled`(protocol name: String) async throws {
        let upstream = try TestUpstream { _ in ok() }
        let answer = try await withGateway(to: upstream) { client in
            try client.send(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: \(name)\r\nHTTP2-Settings: x\r\nSec-WebSocket-Key: x\r\n\r\n"
            )
            return (try client.readMessage(), client.isEnded)
        }
        #expect(answer.0.status == 200)
        #expect(answer.1)
        #expect(upstream.seen.first?["upgrade"] == nil)
        #expect(upstream.seen.first?["http2-settings"] == nil)
    }

    @Test func `an upstream that switches to something else is 502`() async throws {
        let upstream = try TestUpstream { _ in "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" }
        let answer = try await withGateway(to: upstream) { client in
            try client.send(Self.handshake)
            return try client.readMessage()
        }
        #expect(answer.status == 502)
        #expect(answer.text == "upstream_invalid")
    }

    @Test func `a handshake with a body is refused`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let answer = try await withGateway(to: upstream) { client in
            try client.send(Self.handshake.dropLast(1) + "Content-Length: 2\r\n\r\nhi")
            return try client.readMessage()
        }
        #expect(answer.status == 400)
        #expect(upstream.connections == 0)
    }

    @Test func `close codes pass and either side's end is the other's`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send(Self.accepted)
            let close = try socket.read(8)
            upstream.note(Message(head: close.map { String($0) }.joined(separator: " ")))
            try socket.send(Self.frame(8, [0x0f, 0xa1], isMasked: false))
        }
        let (answer, isEnded) = try await withGateway(to: upstream) { client in
            try client.send(Self.handshake)
            _ = try client.readMessage()
            try client.send(Self.frame(8, [0x03, 0xe8]))
            return (try client.read(4), client.isEnded)
        }
        #expect(answer == Self.frame(8, [0x0f, 0xa1], isMasked: false))
        #expect(isEnded)
        #expect(upstream.seen.first?.head == Self.frame(8, [0x03, 0xe8]).map { String($0) }.joined(separator: " "))
    }

    @Test func `a client that goes away takes the upstream with it`() async throws {
        let upstream = try echo()
        let proxy = try proxy(to: upstream)
        try await withGateway(proxy, as: Self.ada) { gateway, _ in
            try await blocking { try Self.open(gateway.port).reset() }
            #expect(try await eventually { upstream.endedConnections == 1 && proxy.tunnels.count == 0 })
        }
    }

    @Test func `what an upstream sends before it goes away still arrives`() async throws {
        let last = Self.frame(2, [UInt8](repeating: 3, count: 300_000), isMasked: false) + Self.frame(8, [0x03, 0xf5], isMasked: false)
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send(Array(Self.accepted.utf8) + last)
        }
        for _ in 0..<10 {
            let received = try await withGateway(to: upstream) { client in
                try client.send(Self.handshake)
                _ = try client.readMessage()
                return try client.readBytesToEnd()
            }
            #expect(received == last)
        }
    }

    @Test func `an upstream that goes away takes the client with it`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send(Self.accepted)
        }
        for _ in 0..<10 {
            let isEnded = try await withGateway(to: upstream) { client in
                try client.send(Self.handshake)
                return (try client.readMessage().status, client.isEnded)
            }
            #expect(isEnded == (101, true))
        }
    }

    @Test func `a tunnel is closed with 1008 soon after the session behind it has ended`() async throws {
        let upstream = try echo()
        var proxy = try proxy(to: upstream)
        let alive = AliveFlag()
        proxy.hooks.isAlive = { owner in
            alive.ask(owner.principal.sessionID)
            return alive.isAlive
        }
        let watched = proxy
        try await withGateway(watched, as: Self.ada) { gateway, _ in
            let client = try await blocking { try Self.open(gateway.port) }
            #expect(try await eventually { alive.lastAsked == "s-1" })
            #expect(watched.tunnels.count == 1)
            alive.end()
            let start = ContinuousClock.now
            let (frame, isEnded) = try await blocking { (try client.read(4), client.isEnded) }
            #expect(frame == [0x88, 2, 0x03, 0xf0])
            #expect(isEnded)
            #expect(ContinuousClock.now - start < .seconds(5))
            #expect(try await eventually { upstream.endedConnections == 1 && watched.tunnels.count == 0 })
        }
    }

    @Test func `a tunnel is closed when its credential expires, between two frames of the upstream`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send(Self.accepted)
            let frame = Self.frame(2, [UInt8](repeating: 5, count: 1000), isMasked: false)
            try socket.send(Array(frame.prefix(300)))
            try wait { !upstream.seen.isEmpty }
            try socket.send(Array(frame.dropFirst(300)) + Self.frame(1, Array("late".utf8), isMasked: false))
            _ = try socket.readToEnd()
        }
        var proxy = try proxy(to: upstream)
        let clock = TestClock()
        proxy.hooks.isAlive = { owner in try clock.now < #require(owner.expiresAt) }
        let watched = proxy
        let principal = Principal(id: "u", username: "u", credential: .accessToken, expiresAt: clock.now + .seconds(10))
        try await withGateway(watched, as: principal) { gateway, _ in
            let client = try await blocking { () -> RawSocket in
                let client = try Self.open(gateway.port)
                _ = try client.read(300)
                return client
            }
            clock.advance(by: .seconds(11))
            await watched.checkTunnels()
            upstream.note(Message(head: "go on"))
            let rest = try await blocking { try client.readBytesToEnd() }
            // The frame that had begun is complete, and maybe the one behind it.
            #expect(rest.count >= 708)
            #expect(rest.prefix(704).allSatisfy { $0 == 5 })
            #expect(rest.suffix(4) == [0x88, 2, 0x03, 0xf0])
        }
    }

    @Test func `a stream of events ends soon after the session behind it has ended`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
            _ = try socket.readToEnd()
        }
        var proxy = try proxy(to: upstream)
        let alive = AliveFlag()
        proxy.hooks.isAlive = { owner in
            alive.ask(owner.principal.sessionID)
            return alive.isAlive
        }
        try await withGateway(proxy, as: Self.ada) { gateway, _ in
            let client = try RawSocket(port: gateway.port)
            try await blocking {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.read(until: "data: 1\n\n\r\n")
            }
            #expect(try await eventually { alive.lastAsked == "s-1" })
            alive.end()
            let rest = try await blocking { try client.readToEnd() }
            #expect(rest.isEmpty)
            #expect(try await eventually { upstream.endedConnections == 1 })
        }
    }

    @Test func `a download goes on when the session behind it has ended`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nfirst")
            try wait { !upstream.seen.isEmpty }
            try socket.send("-last")
        }
        var proxy = try proxy(to: upstream)
        proxy.hooks.isAlive = { _ in false }
        let watched = proxy
        try await withGateway(watched, as: Self.ada) { gateway, _ in
            let client = try RawSocket(port: gateway.port)
            try await blocking {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.read(until: "first")
            }
            await watched.checkTunnels()
            upstream.note(Message(head: "go on"))
            #expect(try await blocking { try client.read(5) } == Array("-last".utf8))
        }
    }

    @Test func `a tunnel outlives a failed look at the store, and four seconds of them do end it`() async throws {
        struct StoreDown: Error {}
        let upstream = try echo()
        var proxy = try proxy(to: upstream)
        let clock = TestClock()
        let isDown = Atomic(true)
        proxy.clock = WallClock { clock.now }
        proxy.hooks.isAlive = { _ in
            if isDown.load(ordering: .relaxed) { throw StoreDown() }
            return true
        }
        let watched = proxy
        try await withGateway(watched, as: Self.ada) { gateway, _ in
            let client = try await blocking { try Self.open(gateway.port) }
            // Twice nearly three seconds without an answer, and one between them. The proxy looks by itself too, whenever it likes.
            for _ in 0..<2 {
                isDown.store(true, ordering: .relaxed)
                for _ in 0..<3 {
                    await watched.checkTunnels()
                    clock.advance(by: .milliseconds(900))
                }
                isDown.store(false, ordering: .relaxed)
                await watched.checkTunnels()
            }
            let ping = Self.frame(9)
            #expect(
                try await blocking {
                    try client.send(ping)
                    return try client.read(ping.count)
                } == ping)
            isDown.store(true, ordering: .relaxed)
            for _ in 0..<8 {
                await watched.checkTunnels()
                clock.advance(by: .milliseconds(900))
            }
            #expect(try await blocking { try client.read(4) } == [0x88, 2, 0x03, 0xf0])
        }
    }

    @Test func `a store that is slow to write does not keep a tunnel open`() async throws {
        let upstream = try echo()
        var proxy = try proxy(to: upstream)
        let (alive, writing) = (AliveFlag(), TestGateway.Counter())
        let (end, finish) = AsyncStream.makeStream(of: Never.self)
        proxy.hooks.isAlive = { _ in alive.isAlive }
        proxy.hooks.onActivity = { _ in
            writing.add()
            for await _ in end {}
        }
        try await withGateway(proxy, as: Self.ada) { gateway, _ in
            defer { finish.finish() }
            let client = try await blocking { () -> RawSocket in
                let client = try Self.open(gateway.port)
                try client.send(Self.frame(1, [0x61]))
                _ = try client.read(7)
                return client
            }
            #expect(try await eventually { writing.count == 1 })
            alive.end()
            let start = ContinuousClock.now
            #expect(try await blocking { try client.read(4) } == [0x88, 2, 0x03, 0xf0])
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test func `text and binary frames count as activity once a minute; ping, pong and close do not`() async throws {
        let upstream = try echo()
        var proxy = try proxy(to: upstream)
        let clock = TestClock()
        let counter = TestGateway.Counter()
        proxy.clock = WallClock { clock.now }
        proxy.hooks.onActivity = { _ in counter.add() }
        let watched = proxy
        try await withGateway(watched, as: Self.ada) { gateway, _ in
            let client = try await blocking { try Self.open(gateway.port) }
            /// Sends a frame, cut into pieces, and waits until it has come back.
            func exchange(_ bytes: [UInt8], pieces: Int = 1) async throws {
                try await blocking {
                    let size = max(1, bytes.count / pieces)
                    for start in stride(from: 0, to: bytes.count, by: size) {
                        try client.send(Array(bytes[start..<min(start + size, bytes.count)]))
                        _ = try client.read(min(size, bytes.count - start))
                    }
                }
                await watched.reportActivity()
            }
            // A ping whose payload looks like a text frame, and a pong.
            try await exchange(Self.frame(9, Self.frame(1, [0x61])) + Self.frame(10))
            #expect(counter.count == 0)
            try await exchange(Self.frame(1, Array("hello".utf8)), pieces: 5)
            #expect(counter.count == 1)
            try await exchange(Self.frame(2, [UInt8](repeating: 1, count: 300)))
            #expect(counter.count == 1)
            clock.advance(by: .seconds(61))
            await watched.reportActivity()
            #expect(counter.count == 2)
            clock.advance(by: .seconds(61))
            try await exchange(Self.frame(9))
            #expect(counter.count == 2)
            try await exchange(Self.frame(0, [UInt8](repeating: 1, count: 70000), isFinal: true), pieces: 3)
            #expect(counter.count == 3)
        }
    }

    @Test func `a server that shuts down tells its tunnels that it is going away`() async throws {
        let upstream = try echo()
        let proxy = try proxy(to: upstream)
        try await withGateway(proxy) { gateway, server in
            let client = try await blocking { try Self.open(gateway.port) }
            await server.triggerGracefulShutdown()
            let (frame, isEnded) = try await blocking { (try client.read(4), client.isEnded) }
            #expect(frame == [0x88, 2, 0x03, 0xe9])
            #expect(isEnded)
        }
    }

    @Test func `a reader that stalls slows the other side down`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send(Self.accepted)
            socket.setSendTimeout(milliseconds: 500)
            let piece = Self.frame(2, [UInt8](repeating: 1, count: 65000), isMasked: false)
            var sent = 0
            while sent < 256 * 1024 * 1024, (try? socket.send(piece)) != nil { sent += piece.count }
            upstream.note(Message(head: "HTTP/1.1 \(sent)"))
        }
        try await withGateway(proxy(to: upstream)) { gateway, _ in
            let client = try await blocking { try Self.open(gateway.port) }
            #expect(try await eventually { !upstream.seen.isEmpty })
            client.reset()
        }
        #expect(try #require(upstream.seen.first).status < 64 * 1024 * 1024)
    }
}

private final class AliveFlag: Sendable {
    private let state = Mutex((isAlive: true, asked: String?.none))
    var isAlive: Bool { state.withLock { $0.isAlive } }
    var lastAsked: String? { state.withLock { $0.asked } }
    func ask(_ id: String?) { state.withLock { $0.asked = id } }
    func end() { state.withLock { $0.isAlive = false } }
}

private final class TestClock: Sendable {
    private let time = Mutex(WallClock.system.now())
    var now: Timestamp { time.withLock { $0 } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

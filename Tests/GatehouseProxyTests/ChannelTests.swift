import Gatehouse
import GatehouseCore
import GatehouseProxy
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

/// The ends and the turns of a connection.
@Suite struct ChannelTests {
    /// Answers on its own, without an upstream: `/hello`, `/early` (reads no body), `/length` (reads it all).
    private func withOwn<Result: Sendable>(
        settings: ChannelSettings = ChannelSettings(), _ body: @escaping @Sendable (RawSocket, TestGateway) throws -> Result
    ) async throws -> Result {
        let own: @Sendable (Request) async throws -> Response? = { request in
            switch request.uri.path {
            case "/early": return Response(status: .contentTooLarge, body: .init(byteBuffer: ByteBuffer(string: "no")))
            case "/length":
                let length = try await request.body.reduce(0) { $0 + $1.readableBytes }
                return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "\(length)")))
            case "/stream":
                return Response(
                    status: .ok,
                    body: .init { writer in
                        for piece in ["one ", "two ", "three"] { try await writer.write(ByteBuffer(string: piece)) }
                        try await writer.finish(nil)
                    })
            case "/lengths":
                var response = Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "hello")))
                for value in ["5", "6"] { response.headers.append(HTTPField(name: .contentLength, value: value)) }
                return response
            case "/empty": return Response(status: .noContent)
            default: return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "hello")))
            }
        }
        return try await withGateway(settings: settings, answering: own) { gateway, _ in
            try await blocking { try body(RawSocket(port: gateway.port), gateway) }
        }
    }

    @Test func `a connection serves many requests, also sent all at once`() async throws {
        let answers = try await withOwn { client, _ in
            let count = 50
            try client.send((0..<count).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            return try (0..<count).map { _ in try client.readMessage() }
        }
        #expect(answers.allSatisfy { $0.status == 200 && $0.text == "hello" && $0.all("date").count == 1 && $0["connection"] == nil })
    }

    @Test func `a response says in one way how long it is`() async throws {
        let answers = try await withOwn { client, _ in
            try client.send("GET /lengths HTTP/1.1\r\nHost: a\r\n\r\nGET /lengths HTTP/1.0\r\nHost: a\r\n\r\n")
            return [try client.readMessage(), try client.readMessage()]
        }
        #expect(answers.map(\.text) == ["hello", "hello"])
        #expect(answers.allSatisfy { $0["content-length"] == nil })
        #expect(answers.map { $0["transfer-encoding"] } == ["chunked", nil])
    }

    @Test func `requests with bodies may follow one another without a pause`() async throws {
        let answers = try await withOwn { client, _ in
            let one = "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            let two = "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n"
            try client.send(one + two + one)
            return try (0..<3).map { _ in try client.readMessage().text }
        }
        #expect(answers == ["5", "3", "5"])
    }

    @Test func `Connection: close is obeyed, whatever its case and company`() async throws {
        for value in ["close", "Close", "keep-alive, CLOSE"] {
            let answer = try await withOwn { client, _ in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(value)\r\n\r\n")
                return (try client.readMessage(), client.isEnded)
            }
            #expect(answer.0["connection"] == "close")
            #expect(answer.1)
        }
    }

    @Test func `an HTTP/1.0 client gets no chunks, and the end of the connection`() async throws {
        let answer = try await withOwn { client, _ in
            try client.send("GET /stream HTTP/1.0\r\n\r\n")
            return try client.readToEnd()
        }
        #expect(answer.hasSuffix("\r\n\r\none two three"))
        #expect(!answer.lowercased().contains("transfer-encoding"))
        #expect(answer.lowercased().contains("connection: close"))
    }

    @Test func `a response without a known length is sent in chunks`() async throws {
        let answer = try await withOwn { client, _ in
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\nHost: a\r\n\r\n")
            return [try client.readMessage(), try client.readMessage()]
        }
        #expect(answer[0]["transfer-encoding"] == "chunked")
        #expect(answer[0].text == "one two three")
        #expect(answer[1].status == 204)
        #expect(answer[1]["content-length"] == nil)
    }

    @Test func `a declined upgrade is answered and the connection is closed cleanly`() async throws {
        for upgrade in ["h2c", "websocket", "TLS/1.0"] {
            let answer = try await withOwn { client, _ in
                try client.send(
                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: \(upgrade)\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                )
                return (try client.readMessage(), client.isEnded)
            }
            #expect(answer.0.status == 200)
            #expect(answer.0["connection"] == "close")
            #expect(answer.1)
        }
    }

    @Test func `a client that expects it is told to continue when the body is first read`() async throws {
        let answer = try await withOwn { client, _ in
            try client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            let first = try client.readMessage()
            try client.send("hello")
            return [first, try client.readMessage()]
        }
        #expect(answer.map(\.status) == [100, 200])
        #expect(answer[1].text == "5")
        #expect(answer[1]["connection"] == nil)
    }

    @Test func `an early refusal needs no continue and closes the connection`() async throws {
        let answer = try await withOwn { client, _ in
            try client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            return (try client.readMessage(), client.isEnded)
        }
        #expect(answer.0.status == 413)
        #expect(answer.0["connection"] == "close")
        #expect(answer.1)
    }

    @Test func `a client that has sent the body already gets no continue`() async throws {
        let answer = try await withOwn { client, _ in
            try client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
            return try client.readMessage()
        }
        #expect(answer.status == 200)
    }

    @Test func `an unread body is not read to its end, and the client still sees the answer`() async throws {
        let answer = try await withOwn { client, _ in
            try client.send("POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\nhello")
            let answer = try client.readMessage()
            var sent = 0
            while sent < 100_000_000, (try? client.send([UInt8](repeating: 0, count: 65536))) != nil { sent += 65536 }
            return (answer, sent)
        }
        #expect(answer.0.status == 413)
        #expect(answer.0["connection"] == "close")
        #expect(answer.1 < 50_000_000)
    }

    @Test func `a client that sends half a head is cut off`() async throws {
        var settings = ChannelSettings()
        settings.headTimeout = .milliseconds(200)
        let isEnded = try await withOwn(settings: settings) { client, _ in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nX")
            return client.isEnded
        }
        #expect(isEnded)
    }

    @Test func `a head that drips in is cut off all the same`() async throws {
        var settings = ChannelSettings()
        settings.headTimeout = .milliseconds(300)
        let sent = try await withOwn(settings: settings) { client, _ in
            var sent = 0
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ")
            client.setReceiveTimeout(milliseconds: 50)
            while sent < 100, (try? client.receive()) == nil {
                try? client.send("x")
                sent += 1
            }
            return sent
        }
        #expect(sent < 100)
    }

    @Test func `an idle connection is closed`() async throws {
        var settings = ChannelSettings()
        settings.keepAliveTimeout = .seconds(1)
        let isEnded = try await withOwn(settings: settings) { client, _ in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.readMessage()
            return client.isEnded
        }
        #expect(isEnded)
    }

    @Test func `a body that stalls ends the connection`() async throws {
        var settings = ChannelSettings()
        settings.bodyTimeout = .milliseconds(200)
        let isEnded = try await withOwn(settings: settings) { client, _ in
            try client.send("POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
            return client.isEnded
        }
        #expect(isEnded)
    }

    private static func flood(_ client: RawSocket) -> Int {
        client.setSendTimeout(milliseconds: 5000)
        let piece = [UInt8](repeating: 0, count: 65536)
        var sent = 0
        while sent < 256 * 1024 * 1024, (try? client.send(piece)) != nil { sent += piece.count }
        return sent
    }

    private static let handshake = """
        GET / HTTP/1.1\r
        Host: a\r
        Connection: Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Key: x\r
        \r

        """

    @Test func `a client that floods a handshake that awaits its answer is cut off`() async throws {
        let upstream = try TestUpstream { _, socket in _ = try socket.readToEnd() }
        let sent = try await withGateway(to: upstream) { client in
            try client.send(Self.handshake)
            return Self.flood(client)
        }
        #expect(sent < 32 * 1024 * 1024)
    }

    @Test func `a client that floods a declined handshake is cut off`() async throws {
        let sent = try await withOwn { client, _ in
            try client.send(Self.handshake)
            _ = try client.readMessage()
            return Self.flood(client)
        }
        #expect(sent < 32 * 1024 * 1024)
    }

    @Test func `a client may close its sending side and still gets its answer`() async throws {
        var settings = ChannelSettings()
        // A busy machine must not look like a response that makes no progress.
        settings.halfClosedTimeout = .seconds(60)
        let answer = try await withOwn(settings: settings) { client, _ in
            try client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
            client.finish()
            return try client.readMessage()
        }
        #expect(answer.text == "one two three")
    }
}

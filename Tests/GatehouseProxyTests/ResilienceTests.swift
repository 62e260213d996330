import Gatehouse
import GatehouseCore
import GatehouseProxy
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

/// What happens when one of the two sides fails, stalls or goes away.
@Suite struct ResilienceTests {
    private func answer(
        from upstream: TestUpstream, _ request: String = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", adjust: (Upstream) -> Upstream = { $0 }
    ) async throws -> Message {
        try await withGateway(to: upstream, adjust: adjust) { client in
            try client.send(request)
            return try client.readMessage()
        }
    }

    private static func impatient(_ upstream: Upstream) -> Upstream {
        var timeouts = Upstream.Timeouts()
        timeouts.connect = .milliseconds(300)
        timeouts.firstByte = .milliseconds(300)
        timeouts.idle = .milliseconds(300)
        return upstream.timeouts(timeouts)
    }

    @Test func `an upstream that refuses connections is 502 upstream_unavailable`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        upstream.stop()
        let message = try await answer(from: upstream)
        #expect(message.status == 502)
        #expect(message.text == "upstream_unavailable")
    }

    @Test func `an upstream that closes without a word is 502 upstream_unavailable`() async throws {
        let message = try await answer(from: TestUpstream { _, socket in _ = try socket.readMessage() })
        #expect(message.status == 502)
        #expect(message.text == "upstream_unavailable")
    }

    @Test(arguments: [
        "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX Y: z\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        "HTTP/1.1 042 ?\r\nContent-Length: 0\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
    ])
    func `an upstream that answers with garbage is 502 upstream_invalid`(garbage: String) async throws {
        let message = try await answer(
            from: TestUpstream { _, socket in
                _ = try socket.readMessage()
                try socket.send(garbage)
            })
        #expect(message.status == 502)
        #expect(message.text == "upstream_invalid")
    }

    @Test func `an upstream that says nothing in time is 504 upstream_timeout`() async throws {
        let upstream = try TestUpstream { _, socket in _ = try socket.readToEnd() }
        let message = try await answer(from: upstream, adjust: Self.impatient)
        #expect(message.status == 504)
        #expect(message.text == "upstream_timeout")
        #expect(try await eventually { upstream.endedConnections == 1 })
    }

    @Test func `an upstream that accepts no connection in time is 504 upstream_timeout`() async throws {
        // One connection fills the queue of a listener that nobody accepts from; the system drops what asks for more.
        let full = try FullListener()
        let proxy = ReverseProxy([Self.impatient(try Upstream("/", to: .init("http://127.0.0.1:\(full.port)")).requiring(.public))])
        let message = try await withGateway(proxy) { gateway, _ in
            try await blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage()
            }
        }
        #expect(message.status == 504)
        #expect(message.text == "upstream_timeout")
    }

    @Test func `a response that stops half-way is never passed off as complete`() async throws {
        for (head, stalls) in [("Content-Length: 100", false), ("Transfer-Encoding: chunked", false), ("Content-Length: 100", true)] {
            let upstream = try TestUpstream { _, socket in
                _ = try socket.readMessage()
                try socket.send("HTTP/1.1 200 OK\r\n\(head)\r\n\r\n5\r\nhello\r\n")
                if stalls { _ = try socket.readToEnd() }
            }
            var timeouts = Upstream.Timeouts()
            timeouts.idle = .milliseconds(300)
            let text = try await withGateway(to: upstream, adjust: { [timeouts] in $0.timeouts(timeouts) }) { client in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readToEnd()
            }
            #expect(text.contains("hello"))
            #expect(!text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func `connections are kept and used again`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        try await withGateway(to: upstream) { client in
            for _ in 0..<20 {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.readMessage()
            }
        }
        #expect(upstream.connections == 1)
        #expect(upstream.seen.count == 20)
    }

    /// An upstream that answers one request on each connection and then closes at the next one without an answer.
    private func onceOnly() throws -> TestUpstream {
        try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(ok())
            upstream.note(try socket.readMessage())
        }
    }

    @Test func `a request that may be repeated is sent again when a kept connection turns out dead`() async throws {
        let upstream = try onceOnly()
        let answers = try await withGateway(to: upstream) { client in
            try ["GET /1", "GET /2", "PUT /3"].map { line in
                try client.send("\(line) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
                return try client.readMessage().status
            }
        }
        #expect(answers == [200, 200, 200])
        #expect(upstream.seen.map(\.target) == ["/1", "/2", "/2", "/3", "/3"])
    }

    @Test func `a request that may not be repeated is sent once`() async throws {
        let upstream = try onceOnly()
        let answers = try await withGateway(to: upstream) { client in
            try ["GET /1", "POST /2"].map { line in
                try client.send("\(line) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
                return try client.readMessage().status
            }
        }
        #expect(answers == [200, 502])
        #expect(upstream.seen.map(\.target) == ["/1", "/2"])
    }

    @Test func `a body that is still coming is sent on a connection that has not been idle for long`() async throws {
        let upstream = try onceOnly()
        let answer = try await withGateway(to: upstream) { client in
            try client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.readMessage()
            let idle = ContinuousClock.now
            try wait { ContinuousClock.now - idle > .milliseconds(600) }
            try client.send("PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
            try wait { upstream.connections == 2 }
            try client.send("cd")
            return try client.readMessage().status
        }
        #expect(answer == 200)
    }

    @Test func `a kept connection that the upstream has closed is not used`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(ok())
        }
        let answers = try await withGateway(to: upstream) { client in
            try (1...3).map { number in
                try wait { upstream.endedConnections >= number - 1 }
                try client.send("POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
                return try client.readMessage().status
            }
        }
        #expect(answers == [200, 200, 200])
    }

    @Test func `bytes behind a response do not become the next one`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(ok() + ok("evil"))
            upstream.note(try socket.readMessage())
            try socket.send(ok("second"))
        }
        let answers = try await withGateway(to: upstream) { client in
            try (0..<2).map { _ in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage().text
            }
        }
        #expect(answers == ["hello", "hello"])
    }

    @Test func `an early response is passed on while the body is still being sent`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.read(until: "\r\n\r\n")
            _ = try socket.read(5)
            try socket.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
        }
        let answer = try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhello")
            return (try client.readMessage(), client.isEnded)
        }
        #expect(answer.0.status == 413)
        #expect(answer.0.text == "no")
        #expect(answer.0["connection"] == "close")
        #expect(answer.1)
    }

    @Test func `request and response may be under way at the same time`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.read(until: "\r\n\r\n")
            try socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<3 {
                _ = try socket.read(until: "\r\n")
                let piece = String(decoding: try socket.read(2), as: UTF8.self)
                _ = try socket.read(2)
                try socket.send("2\r\n\(piece.uppercased())\r\n")
            }
            _ = try socket.read(until: "0\r\n\r\n")
            try socket.send("0\r\n\r\n")
        }
        let echoes = try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            _ = try client.read(until: "\r\n\r\n")
            let echoes = try ["ab", "cd", "ef"].map { piece in
                try client.send("2\r\n\(piece)\r\n")
                return String(decoding: try client.read(7), as: UTF8.self)
            }
            try client.send("0\r\n\r\n")
            return echoes + [try client.read(until: "0\r\n\r\n")]
        }
        #expect(echoes == ["2\r\nAB\r\n", "2\r\nCD\r\n", "2\r\nEF\r\n", "0\r\n\r\n"])
    }

    @Test func `a client that goes away while it waits cancels the upstream`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            _ = try socket.readToEnd()
        }
        try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try wait { !upstream.seen.isEmpty }
            client.reset()
        }
        #expect(try await eventually { upstream.endedConnections == 1 })
    }

    @Test func `a client that goes away during a download cancels the upstream`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
            let piece = [UInt8](repeating: 1, count: 65536)
            while true { try socket.send(piece) }
        }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await withGateway(proxy) { gateway, _ in
            try await blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.read(100_000)
            }
            #expect(try await eventually { upstream.endedConnections == 1 })
        }
    }

    @Test func `an upload that the client breaks off is never passed off as complete`() async throws {
        for framing in ["Content-Length: 100", "Transfer-Encoding: chunked"] {
            let upstream = try TestUpstream { upstream, socket in
                upstream.note(Message(head: try socket.read(until: "\r\n\r\n")))
                upstream.note(Message(head: try socket.readToEnd()))
            }
            let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
            try await withGateway(proxy) { gateway, _ in
                try await blocking {
                    let client = try RawSocket(port: gateway.port)
                    try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n5\r\nhello\r\n")
                    try wait { !upstream.seen.isEmpty }
                }
                #expect(try await eventually { upstream.seen.count == 2 })
            }
            #expect(!(upstream.seen.last?.head.hasSuffix("0\r\n\r\n") ?? true))
        }
    }

    @Test func `a half-closed client that gets nothing for a while counts as gone`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            _ = try socket.readToEnd()
        }
        var settings = ChannelSettings()
        settings.halfClosedTimeout = .milliseconds(200)
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await withGateway(proxy, settings: settings) { gateway, _ in
            try await blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try wait { !upstream.seen.isEmpty }
                client.finish()
                #expect(client.isEnded)
            }
            #expect(try await eventually { upstream.endedConnections == 1 })
        }
    }

    @Test func `a client that goes away at once leaves nothing hanging`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        var settings = ChannelSettings()
        settings.halfClosedTimeout = .milliseconds(1)
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        // The gateway ends only once every request has.
        try await withGateway(proxy, settings: settings) { gateway, _ in
            for _ in 0..<50 {
                try await blocking {
                    let client = try RawSocket(port: gateway.port)
                    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    client.reset()
                }
            }
        }
    }

    @Test func `an upstream that is not available is sent nothing`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let isUp = Atomic(false)
        let proxy = ReverseProxy([
            try Upstream("/", to: .init(upstream.url)).requiring(.public).available { isUp.load(ordering: .relaxed) }
        ])
        try await withGateway(proxy) { gateway, _ in
            let ask = {
                try await blocking {
                    let client = try RawSocket(port: gateway.port)
                    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    return try client.readMessage()
                }
            }
            let refused = try await ask()
            #expect(refused.status == 502)
            #expect(refused.text == "upstream_unavailable")
            #expect(await proxy.health().map(\.isReachable) == [false])
            #expect(upstream.connections == 0)
            isUp.store(true, ordering: .relaxed)
            #expect(try await ask().status == 200)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    ])
    func `a connection whose response may hide a body is not used again`(answer: String) async throws {
        let upstream = try TestUpstream { _ in answer }
        let statuses = try await withGateway(to: upstream) { client in
            try (0..<2).map { _ in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage().status
            }
        }
        #expect(statuses == [204, 204])
        #expect(upstream.connections == 2)
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\nX-Evil: 1\r\n", "H", ok("evil")])
    func `a connection on which something comes unasked is not used again`(unasked: String) async throws {
        let upstream = try TestUpstream { upstream, socket in
            let request = upstream.note(try socket.readMessage())
            try socket.send(request.lines[0].hasPrefix("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : ok())
            guard upstream.connections == 1 else { return }
            // The response has been passed on, so the connection is idle.
            try wait { upstream.seen.count == 2 }
            try socket.send(unasked)
            _ = try socket.readToEnd()
        }
        let answer = try await withGateway(to: upstream) { client in
            try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.readMessage(isHead: true)
            upstream.note(Message(head: "go on"))
            try wait { upstream.endedConnections == 1 }
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok")
            return try client.readMessage()
        }
        #expect(answer.status == 200)
        #expect(answer.text == "hello")
        #expect(answer["x-evil"] == nil)
        #expect(upstream.connections == 2)
    }

    private static let complete = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ]

    @Test(
        arguments: complete,
        [
            "HTTP/1.1 302 Found\r\nLocation: https://evil\r\nX: ", "H", "\r\nHTTP/1.1 302 Found\r\nX-Evil: 1\r\n",
            "HTTP/1.1 302 Found\r\nX-Evil: 1\r\nContent-Length: 100\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "garbage",
        ])
    func `a connection whose last read holds more than the response is not used again`(response: String, behind: String) async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(response + behind)
            upstream.note(try socket.readMessage())
            try socket.send("\r\nContent-Length: 4\r\n\r\nevil")
        }
        let answers = try await withGateway(to: upstream) { client in
            try (0..<2).map { _ in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                var message = try client.readMessage()
                if message.status == 103 { message = try client.readMessage() }
                return message
            }
        }
        #expect(answers.map(\.status) == [answers[0].status, answers[0].status])
        #expect(answers.allSatisfy { $0["location"] == nil && $0["x-evil"] == nil && $0.text != "evil" })
        #expect(upstream.connections == 2)
    }

    @Test(arguments: complete, [1, 2, 3, 7, 40])
    func `a connection is used again however its responses are cut into segments`(response: String, size: Int) async throws {
        let bytes = Array(response.utf8)
        let upstream = try TestUpstream { upstream, socket in
            while true {
                upstream.note(try socket.readMessage())
                for start in stride(from: 0, to: bytes.count, by: size) { try socket.send(Array(bytes[start..<min(start + size, bytes.count)])) }
            }
        }
        try await withGateway(to: upstream) { client in
            for _ in 0..<4 {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                if try client.readMessage().status == 103 { _ = try client.readMessage() }
            }
        }
        #expect(upstream.connections == 1)
    }

    @Test(arguments: [(16, 200), (17, 502)]) func `informational responses have an end`(count: Int, status: Int) async throws {
        let upstream = try TestUpstream { _ in String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: count) + ok() }
        let last = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var message = try client.readMessage()
            while message.status == 103 { message = try client.readMessage() }
            return message
        }
        #expect(last.status == status)
    }

    @Test(arguments: [true, false]) func `a stream of events ends as a whole when the server stops`(hasBegun: Bool) async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            if !hasBegun { try wait { upstream.seen.count == 2 } }
            try socket.send(
                "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
            _ = try socket.readToEnd()
        }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await withGateway(proxy) { gateway, server in
            let client = try RawSocket(port: gateway.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            if hasBegun { _ = try await blocking { try client.read(until: "data: 1\n\n\r\n") } }
            #expect(try await eventually { upstream.seen.count == 1 })
            await server.triggerGracefulShutdown()
            #expect(try await eventually { (try? RawSocket(port: gateway.port)) == nil })
            upstream.note(Message(head: "go on"))
            #expect(try await blocking { try client.readToEnd() }.hasSuffix(hasBegun ? "0\r\n\r\n" : "\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n"))
            #expect(try await eventually { upstream.endedConnections == 1 })
        }
    }

    @Test func `a request whose head has begun to come is answered before the server ends`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        for isFirst in [true, false] {
            try await withGateway(proxy) { gateway, server in
                let client = try RawSocket(port: gateway.port)
                try await blocking {
                    if !isFirst {
                        try client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
                        _ = try client.readMessage()
                    }
                    try client.send("GET /2 HTTP/1.1\r\nHo")
                    // A round trip on another connection of the same loop or not: by then the bytes have been read.
                    for _ in 0..<8 {
                        let other = try RawSocket(port: gateway.port)
                        try other.send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
                        _ = try other.readMessage()
                    }
                }
                await server.triggerGracefulShutdown()
                #expect(try await eventually { (try? RawSocket(port: gateway.port)) == nil })
                let answer = try await blocking {
                    try client.send("st: a\r\n\r\n")
                    return try client.readMessage()
                }
                #expect(answer.status == 200 && answer["connection"] == "close")
            }
        }
    }

    @Test func `a request in flight is finished before the server ends`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try wait { upstream.seen.count >= 2 }
            try socket.send(ok())
        }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        let answer = try await withGateway(proxy) { gateway, server in
            async let answer = blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage()
            }
            #expect(try await eventually { upstream.seen.count == 1 })
            await server.triggerGracefulShutdown()
            #expect(try await eventually { (try? RawSocket(port: gateway.port)) == nil })
            upstream.note(Message(head: "go on"))
            return try await answer
        }
        #expect(answer.status == 200)
        #expect(answer["connection"] == "close")
    }
}

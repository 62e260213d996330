import Gatehouse
import GatehouseCore
import GatehouseProxy
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

/// What happens when one of the two sides fails, stalls or goes away.
@Suite(.bothWays) struct ResilienceTests {
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

    @Test func `the upstream is not asked again for a client that has gone away`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            _ = try socket.readToEnd()
        }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await withGateway(proxy) { gateway, _ in
            for number in 1...100 {
                try await blocking {
                    let client = try RawSocket(port: gateway.port)
                    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    try wait { upstream.seen.count >= number }
                    client.finish()
                    // The end of the input and that of the connection come together or one after the other.
                    let finished = ContinuousClock.now
                    while ContinuousClock.now - finished < .microseconds(5 * number) {}
                    client.reset()
                }
                #expect(try await eventually { upstream.endedConnections >= number })
            }
        }
        #expect(upstream.seen.count == 100 && upstream.connections == 100)
    }

    @Test func `what was asked behind another request ends with the client, however close the two are`() async throws {
        let answered = Atomic(0)
        let upstream = try TestUpstream { upstream, socket in
            while true {
                let request = upstream.note(try socket.readMessage())
                if request.target == "/long" {
                    defer { upstream.note(Message(head: "is over")) }
                    try socket.send("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 10000000\r\n\r\n" + String(repeating: "x", count: 500_000))
                    _ = try socket.readToEnd()
                    return
                }
                try socket.send(ok())
                answered.add(1, ordering: .relaxed)
            }
        }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await withGateway(proxy) { gateway, _ in
            for number in 1...100 {
                try await blocking {
                    let client = try RawSocket(port: gateway.port)
                    try client.send("GET /short HTTP/1.1\r\nHost: a\r\n\r\nGET /long HTTP/1.1\r\nHost: a\r\n\r\n")
                    // No pauses: the two have to meet within microseconds.
                    let asked = ContinuousClock.now
                    while answered.load(ordering: .relaxed) < number, ContinuousClock.now - asked < .seconds(10) {}
                    let moment = ContinuousClock.now
                    while ContinuousClock.now - moment < .microseconds(5 * number) {}
                    client.reset()
                }
            }
            #expect(try await eventually { upstream.seen.count { $0.head == "is over" } == upstream.seen.count { $0.target == "/long" } })
            #expect(upstream.seen.contains { $0.target == "/long" })
        }
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
            let answer = try await blocking {
                let client = try RawSocket(port: gateway.port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readMessage()
            }
            #expect(answer.status == 200)
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

}

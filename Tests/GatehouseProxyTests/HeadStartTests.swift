import Gatehouse
import GatehouseCore
import GatehouseProxy
import Testing

/// Which responses are passed on without the request loop, and what becomes of the others.
@Suite struct HeadStartTests {
    /// The gateway's answers to GETs of these paths on one connection, and how many requests its request loop heard of.
    private func answers(_ paths: [String], of upstream: TestUpstream) async throws -> (messages: [Message], looped: Int) {
        try await BothWays.$startsAhead.withValue(true) {
            let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
            return try await withGateway(proxy) { gateway, _ in
                let messages = try await blocking {
                    let client = try RawSocket(port: gateway.port)
                    return try paths.map { path in
                        try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                        return try client.readMessage()
                    }
                }
                return (messages, gateway.requests.count)
            }
        }
    }

    @Test func `a response that comes in one piece never sees the request loop`() async throws {
        let upstream = try TestUpstream { request in
            request.target == "/304"
                ? "HTTP/1.1 304 Not Modified\r\nDate: x\r\nETag: \"x\"\r\nContent-Length: 99\r\n\r\n"
                : ok(
                    "hello", "X-Kept: 1", "X-Kept: 2", "Set-Cookie: a=b", "Set-Cookie: gatehouse=evil", "Gatehouse-Evil: 1", "Keep-Alive: x",
                    "Connection: X-Hop", "X-Hop: 1", "Clear-Site-Data: \"cookies\"", "X-Request-ID: evil")
        }
        let (messages, looped) = try await answers(["/1", "/2", "/304"], of: upstream)
        #expect(looped == 0 && upstream.connections == 1)
        for message in messages.prefix(2) {
            #expect(message.status == 200 && message.text == "hello" && message["content-length"] == "5")
            #expect(message.all("x-kept") == ["1", "2"] && message.all("set-cookie") == ["a=b"] && message.all("x-request-id") == ["request-1"])
            for name in ["gatehouse-evil", "keep-alive", "connection", "x-hop", "clear-site-data"] { #expect(message.all(name) == [], "\(name)") }
        }
        #expect(messages[2].status == 304 && messages[2]["etag"] == "\"x\"" && messages[2]["content-length"] == nil)
    }

    @Test(arguments: [
        ok(date: nil), ok("hello", "Date: another"), ok("hello", "Connection: Date"), ok("hello", "X-Name: ä"),
        "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        "HTTP/1.0 200 OK\r\nDate: x\r\n\r\nhello",
    ])
    func `a response that needs a closer look is the request loop's, and the upstream is asked once`(answer: String) async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(answer)
        }
        let (messages, looped) = try await answers(["/"], of: upstream)
        #expect(messages[0].status == 200 && messages[0].text == "hello" && messages[0].all("date").count == 1)
        #expect(looped == 1 && upstream.seen.count == 1)
    }

    @Test func `a response that comes in pieces goes on as it comes`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 10\r\n\r\nhello")
            try wait { upstream.seen.count == 2 }
            try socket.send("world")
        }
        try await BothWays.$startsAhead.withValue(true) {
            let text = try await withGateway(to: upstream) { client in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.read(until: "hello")
                upstream.note(Message(head: "go on"))
                return String(decoding: try client.read(5), as: UTF8.self)
            }
            #expect(text == "world")
        }
    }

    @Test func `a request is sent again when a kept connection turns out dead`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try socket.send(ok())
            upstream.note(try socket.readMessage())
        }
        let (messages, looped) = try await answers(["/1", "/2", "/3"], of: upstream)
        #expect(messages.map(\.status) == [200, 200, 200])
        #expect(upstream.seen.map(\.target) == ["/1", "/2", "/2", "/3", "/3"])
        #expect(looped == 2)
    }

    @Test(arguments: [true, false]) func `a client that has closed its sending side gets its response`(isWhole: Bool) async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try wait { upstream.seen.count == 2 }
            try socket.send(isWhole ? ok() : ok(date: nil))
        }
        try await BothWays.$startsAhead.withValue(true) {
            let message = try await withGateway(to: upstream) { client in
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try wait { !upstream.seen.isEmpty }
                client.finish()
                upstream.note(Message(head: "go on"))
                return try client.readMessage()
            }
            #expect(message.status == 200 && message.text == "hello")
        }
        #expect(upstream.seen.count == 2)
    }

    @Test func `a client that asks and asks and never reads is not answered without end`() async throws {
        let body = String(repeating: "x", count: 100_000)
        let upstream = try TestUpstream { _ in ok(body) }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await BothWays.$startsAhead.withValue(true) {
            try await withGateway(proxy) { gateway, _ in
                try await blocking {
                    let greedy = try RawSocket(port: gateway.port, receiveBuffer: 4096)
                    try greedy.send(String(repeating: "GET /greedy HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000))
                    // Others are served meanwhile, on every event loop.
                    for _ in 0..<400 {
                        let other = try RawSocket(port: gateway.port)
                        try other.send("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
                        #expect(try other.readMessage().status == 200)
                    }
                    #expect(upstream.seen.count { $0.target == "/greedy" } < 200)
                }
            }
        }
    }
}

import GatehouseProxy
import Testing

/// Which connections to an upstream serve another request, and which must not.
@Suite(.bothWays) struct ConnectionReuseTests {
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
        // On a machine so busy that the connection was idle for long it gets a fresh one.
        #expect(answers == [200, upstream.connections == 1 ? 502 : 200])
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
}

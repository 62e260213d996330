import GatehouseCore
import GatehouseProxy
import ServiceLifecycle
import Testing

/// What becomes of what is under way when the server stops.
@Suite(.bothWays) struct StopTests {
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

    @Test func `a handshake in flight when the server stops is told that it is going away`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(try socket.readMessage())
            try wait { upstream.seen.count == 2 }
            try socket.send(TunnelTests.accepted)
            _ = try socket.readToEnd()
        }
        try await withGateway(ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])) { gateway, server in
            let client = try RawSocket(port: gateway.port)
            try client.send(TunnelTests.handshake)
            #expect(try await eventually { upstream.seen.count == 1 })
            await server.triggerGracefulShutdown()
            #expect(try await eventually { (try? RawSocket(port: gateway.port)) == nil })
            upstream.note(Message(head: "go on"))
            let (status, frame, isEnded) = try await blocking { (try client.readMessage().status, try client.read(4), client.isEnded) }
            #expect(status == 101 && frame == [0x88, 2, 0x03, 0xe9] && isEnded)
        }
    }
}

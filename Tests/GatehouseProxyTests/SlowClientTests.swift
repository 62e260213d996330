import Gatehouse
import GatehouseCore
import GatehouseProxy
import Hummingbird
import NIOCore
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A client may be as slow as it likes, as long as it gets on. One after the other with what else takes memory.
extension StreamingTests {
    /// Reads to the end in small steps, all of which together take longer than any limit of `patient`.
    private static func readSlowly(_ client: RawSocket) throws -> Int {
        var count = 0
        while true {
            let bytes = try client.receive(128 * 1024)
            if bytes.isEmpty { return count }
            count += bytes.count
            usleep(20_000)
        }
    }

    private static let bigSize = 8 * 1024 * 1024

    /// A gateway that answers everything with one big buffer.
    private func withBig<Result: Sendable>(_ body: @escaping @Sendable (RawSocket) throws -> Result) async throws -> Result {
        var settings = ChannelSettings()
        settings.lingerTimeout = .milliseconds(100)
        settings.keepAliveTimeout = .milliseconds(300)
        settings.writeTimeout = .seconds(1)
        settings.halfClosedTimeout = .seconds(1)
        let own: @Sendable (Request) async throws -> Response? = { _ in
            Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: 7, count: Self.bigSize)))
        }
        return try await withGateway(settings: settings, answering: own) { gateway, _ in
            try await blocking { try body(RawSocket(port: gateway.port, receiveBuffer: 64 * 1024)) }
        }
    }

    @Test(arguments: ["HTTP/1.1\r\nHost: a", "HTTP/1.1\r\nHost: a\r\nConnection: close", "HTTP/1.0"])
    func `a client that reads slowly gets all of a response`(request: String) async throws {
        let count = try await withBig { client in
            try client.send("GET / \(request)\r\n\r\n")
            return try Self.readSlowly(client)
        }
        #expect(count > Self.bigSize)
    }

    @Test func `a client that reads slowly and has closed its sending side gets all of a response`() async throws {
        let count = try await withBig { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            client.finish()
            return try Self.readSlowly(client)
        }
        #expect(count > Self.bigSize)
    }

    @Test(arguments: ["HTTP/1.1\r\nHost: a", "HTTP/1.0"]) func `a client that does not read is cut off`(request: String) async throws {
        let count = try await withBig { client in
            try client.send("GET / \(request)\r\n\r\n")
            // Three times the limit; what the kernel holds by then is all there is to come.
            usleep(3_000_000)
            return try client.readBytesToEnd().count
        }
        #expect(count < Self.bigSize)
    }

    @Test func `an upstream that stalls after its client was slow is given up`() async throws {
        let size = 8 * 1024 * 1024
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(size + 1)\r\n\r\n")
            try socket.send([UInt8](repeating: 7, count: size))
            _ = try socket.readToEnd()
        }
        var timeouts = Upstream.Timeouts()
        timeouts.idle = .milliseconds(300)
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public).timeouts(timeouts)])
        let count = try await withGateway(proxy) { gateway, _ in
            try await blocking {
                let client = try RawSocket(port: gateway.port, receiveBuffer: 64 * 1024)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try client.read(until: "\r\n\r\n")
                // Longer than the upstream may be idle: it is the client who is slow.
                var count = 0
                for _ in 0..<6 {
                    usleep(100_000)
                    count += try client.receive().count
                }
                return count + (try client.readBytesToEnd().count)
            }
        }
        #expect(count == size)
    }
}

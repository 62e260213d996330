import Foundation
import GatehouseCore
import GatehouseProxy
import Testing

/// Bodies of any size pass at flat memory, at the pace of whoever is slower.
@Suite(.serialized, .bothWays) struct StreamingTests {
    /// Resident memory of this process in MiB.
    private static func residentMiB() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return Int(line.filter(\.isNumber)).map { $0 / 1024 } ?? 0
    }

    /// Two GiB, which cannot be held by accident; `GATEHOUSE_STREAM_MIB` makes it less where the machine is slow.
    private static let size = (ProcessInfo.processInfo.environment["GATEHOUSE_STREAM_MIB"].flatMap { Int($0) } ?? 2048) * 1024 * 1024
    /// What the process may grow by meanwhile, other tests included.
    private static let limit = 160

    @Test func `a download of any size passes at flat memory`() async throws {
        let size = Self.size
        let upstream = try TestUpstream { _, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 256 * 1024)
            for _ in 0..<(size / piece.count) { try socket.send(piece) }
        }
        let before = try Self.residentMiB()
        let (count, peak) = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try client.read(until: "\r\n\r\n")
            var (count, peak, next) = (0, 0, 0)
            while count < size {
                let bytes = try client.receive(256 * 1024)
                if bytes.isEmpty { break }
                count += bytes.count
                if count >= next {
                    peak = max(peak, try Self.residentMiB())
                    next += 8 * 1024 * 1024
                }
            }
            return (count, peak)
        }
        #expect(count == size)
        #expect(peak - before < Self.limit)
    }

    @Test(arguments: [true, false]) func `an upload of any size passes at flat memory`(isChunked: Bool) async throws {
        let size = Self.size
        let upstream = try TestUpstream { _, socket in
            _ = try socket.read(until: "\r\n\r\n")
            var count = 0
            if isChunked {
                while let length = Int(try socket.read(until: "\r\n").dropLast(), radix: 16), length > 0 {
                    count += try socket.read(length).count
                    _ = try socket.read(2)
                }
            } else {
                while count < size { count += try socket.receive(256 * 1024).count }
            }
            try socket.send(ok("\(count)"))
        }
        let before = try Self.residentMiB()
        let total = isChunked ? size / 4 : size
        let (answer, peak) = try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)")\r\n\r\n")
            let piece = [UInt8](repeating: 7, count: 64 * 1024)
            var peak = 0
            for index in 0..<(total / piece.count) {
                if isChunked { try client.send("10000\r\n") }
                try client.send(piece)
                if isChunked { try client.send("\r\n") }
                if index.isMultiple(of: 128) { peak = max(peak, try Self.residentMiB()) }
            }
            if isChunked { try client.send("0\r\n\r\n") }
            return (try client.readMessage(), peak)
        }
        #expect(answer.text == "\(total)")
        #expect(peak - before < Self.limit)
    }

    @Test func `a client that does not read slows the upstream down`() async throws {
        let size = 512 * 1024 * 1024
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            socket.setSendTimeout(milliseconds: 500)
            let piece = [UInt8](repeating: 7, count: 64 * 1024)
            var sent = 0
            while sent < size, (try? socket.send(piece)) != nil { sent += piece.count }
            upstream.note(Message(head: "HTTP/1.1 \(sent)"))
        }
        let proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public)])
        try await withGateway(proxy) { gateway, _ in
            let client = try await blocking { () -> Int32 in
                let client = try RawSocket(port: gateway.port, receiveBuffer: 64 * 1024)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                // The socket closes its descriptor when it goes; the copy has to be made before that.
                return withExtendedLifetime(client) { dup(client.descriptor) }
            }
            #expect(try await eventually { !upstream.seen.isEmpty })
            close(client)
        }
        #expect(try #require(upstream.seen.first).status < 64 * 1024 * 1024)
    }

    @Test func `an upstream that does not read slows the client down`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.read(until: "\r\n\r\n")
            try wait { !upstream.seen.isEmpty }
        }
        let sent = try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(512 * 1024 * 1024)\r\n\r\n")
            client.setSendTimeout(milliseconds: 500)
            let piece = [UInt8](repeating: 7, count: 64 * 1024)
            var sent = 0
            while sent < 512 * 1024 * 1024, (try? client.send(piece)) != nil { sent += piece.count }
            upstream.note(Message(head: "done"))
            return sent
        }
        #expect(sent < 64 * 1024 * 1024)
    }

    @Test func `each piece of a body goes to the upstream in one segment`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            upstream.note(Message(head: try socket.read(until: "\r\n\r\n")))
            for _ in 0..<50 { upstream.note(Message(head: String(decoding: try socket.receive(), as: UTF8.self))) }
            try socket.send(ok())
        }
        try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in 1...50 {
                try wait { upstream.seen.count == number }
                try client.send("5\r\nhello\r\n")
            }
            _ = try client.readMessage()
        }
        #expect(upstream.seen.dropFirst().allSatisfy { $0.head == "5\r\nhello\r\n" })
    }

    @Test func `events arrive as they are sent`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.readMessage()
            try socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in 1...3 {
                try socket.send("9\r\ndata: \(number)\n\n\r\n")
                try wait { upstream.seen.count >= number }
            }
            try socket.send("0\r\n\r\n")
        }
        let events = try await withGateway(to: upstream) { client in
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n")
            _ = try client.read(until: "\r\n\r\n")
            return try (1...3).map { _ in
                let event = try client.read(until: "\n\n\r\n")
                upstream.note(Message(head: "seen"))
                return event
            }
        }
        #expect(events == ["9\r\ndata: 1\n\n\r\n", "9\r\ndata: 2\n\n\r\n", "9\r\ndata: 3\n\n\r\n"])
    }
}

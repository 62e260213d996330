import GatehouseProxy
import Testing

/// What two servers could read in two ways is refused, and the upstream never hears of it.
@Suite(.bothWays) struct ChannelRefusalTests {
    static let malformed: [(String, String)] = [
        ("Content-Length and Transfer-Encoding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("Transfer-Encoding and Content-Length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        ("two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        ("two equal lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
        ("a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello"),
        ("a length with a sign", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
        ("a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello"),
        ("a hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"),
        ("an enormous length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nhello"),
        ("an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\nhello"),
        ("xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("gzip, chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ("chunked, identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("two codings", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("a coding behind a vertical tab", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n"),
        ("HTTP/1.0 with a coding", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (
            "a chunk extension that ends in a bare line feed",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n"
        ),
        ("a chunk size that ends in a bare line feed", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"),
        ("a chunk size in decimals and letters", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n"),
        ("a chunk size with a prefix", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
        ("a chunk that is longer than it says", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n"),
        ("a chunk size that overflows", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
        ("bare line feeds", "GET / HTTP/1.1\nHost: a\n\n"),
        ("a bare line feed behind a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
        ("a bare carriage return", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"),
        ("a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n"),
        ("a folded coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"),
        ("a tab before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX\t: y\r\n\r\n"),
        ("a line without a colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
        ("an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n"),
        ("a name that is no token", "GET / HTTP/1.1\r\nHost: a\r\nX(y): z\r\n\r\n"),
        ("a name with a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX\0: z\r\n\r\n"),
        ("a value with a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n"),
        ("a value with a control byte", "GET / HTTP/1.1\r\nHost: a\r\nX: y\u{01}z\r\n\r\n"),
        ("a value with a delete byte", "GET / HTTP/1.1\r\nHost: a\r\nX: y\u{7f}z\r\n\r\n"),
        ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("the same host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"),
        ("no host", "GET / HTTP/1.1\r\nX: y\r\n\r\n"),
        ("an empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
        ("a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        ("a host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        ("two hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        ("a target of another authority", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target with a user", "GET http://a@b/x HTTP/1.1\r\nHost: b\r\n\r\n"),
        ("a target with another port", "GET http://a:81/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target of another scheme", "GET ftp://a/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target that starts with @", "GET @b/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target without a slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a fragment", "GET /admin#/public/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target with letters outside ASCII", "GET /\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target with a control byte", "GET /a\u{01}b HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target with a tab", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("two spaces before the version", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("HTTP/2 on an HTTP/1 connection", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("an unknown version", "GET / HTTP/3.7\r\nHost: a\r\n\r\n"),
        ("no HTTP", "\u{16}\u{03}\u{01}hello hello hello\r\n\r\n"),
        ("a Connection that names the host", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Host\r\n\r\n"),
    ]

    @Test(arguments: malformed) func `what could be read in two ways is refused and never reaches the upstream`(
        name: String, request: String
    ) async throws {
        let upstream = try TestUpstream { _ in ok() }
        let answer = try await withGateway(to: upstream) { client in
            try client.send(request)
            return (try client.readMessage(), client.isEnded)
        }
        #expect(answer.0.status == 400)
        #expect(answer.0["connection"] == "close")
        #expect(answer.0["content-type"] == "application/problem+json")
        #expect(answer.0.text.contains(#""code":"malformed_request""#))
        #expect(answer.0.text.contains(#""request_id":""#))
        #expect(answer.1)
        #expect(upstream.connections == 0)
    }

    @Test(arguments: [[0xff], [0xc0, 0xae], [0xed, 0xa0, 0x80], [0xe4]]) func `a value that is not UTF-8 is refused`(bytes: [UInt8]) async throws {
        let upstream = try TestUpstream { _ in ok() }
        let answer = try await withGateway(to: upstream) { client in
            try client.send(Array("GET / HTTP/1.1\r\nHost: a\r\nX: y".utf8) + bytes + Array("\r\n\r\n".utf8))
            return try client.readMessage()
        }
        #expect(answer.status == 400)
        #expect(upstream.connections == 0)
    }

    @Test func `a head that is too large is 431`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        for request in [
            "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 64 * 1024))\r\n\r\n",
            "GET /\(String(repeating: "x", count: 64 * 1024)) HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + (0..<300).map { "X-\($0): y\r\n" }.joined() + "\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + (0..<60).map { "X-\($0): \(String(repeating: "y", count: 1024))\r\n" }.joined() + "\r\n",
        ] {
            let answer = try await withGateway(to: upstream) { client in
                try? client.send(request)
                return (try client.readMessage(), client.isEnded)
            }
            #expect(answer.0.status == 431)
            #expect(answer.0.text.contains(#""code":"headers_too_large""#))
            #expect(answer.1)
        }
        #expect(upstream.connections == 0)
    }

    @Test func `an absolute target of the same authority is read as its path`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        for (target, path) in [("http://App.example.com/x?y=1", "/x?y=1"), ("http://app.example.com", "/"), ("HTTP://app.example.com?q", "/?q")] {
            let answer = try await withGateway(to: upstream) { client in
                try client.send("GET \(target) HTTP/1.1\r\nHost: app.example.com\r\n\r\n")
                return try client.readMessage()
            }
            #expect(answer.status == 200)
            #expect(upstream.seen.last?.target == path)
        }
    }

    @Test func `a malformed request behind a good one is refused once the good one is answered`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        let answers = try await withGateway(to: upstream) { client in
            try client.send("GET /good HTTP/1.1\r\nHost: a\r\n\r\nGET /bad HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            return [try client.readMessage(), try client.readMessage()]
        }
        #expect(answers.map(\.status) == [200, 400])
        #expect(upstream.seen.map(\.target) == ["/good"])
    }

    @Test func `a body that turns out malformed ends the request and its upstream`() async throws {
        let upstream = try TestUpstream { upstream, socket in
            _ = try socket.read(until: "\r\n\r\n")
            #expect(try socket.read(until: "hello\r\n") == "5\r\nhello\r\n")
            #expect(try socket.readToEnd() == "")
        }
        let answer = try await withGateway(to: upstream) { client in
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            try wait { upstream.connections > 0 }
            try client.send("zz\r\n")
            return (try client.readMessage(), client.isEnded)
        }
        #expect(answer.0.status == 400)
        #expect(answer.1)
        #expect(try await eventually { upstream.endedConnections == 1 })
    }
}

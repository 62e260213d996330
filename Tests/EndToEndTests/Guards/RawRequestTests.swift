import Foundation
import Synchronization
import Testing

/// Requests that two servers could read in two ways, as bytes, to the program as it is delivered.
@Suite struct RawRequestTests {
    private static let refused = [
        "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil\r\n\r\n", "GET / HTTP/1.1\r\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: HOST\r\nX: y\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nHost: HOST\r\nX : y\r\n\r\n",
        "GET / HTTP/1.1\nHost: HOST\n\n", "GET / HTTP/1.1\r\nHost: HOST\r\nX: y\0z\r\n\r\n", "GET http://evil/ HTTP/1.1\r\nHost: HOST\r\n\r\n",
        "GET /a#/public HTTP/1.1\r\nHost: HOST\r\n\r\n", "CONNECT evil:80 HTTP/1.1\r\nHost: HOST\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n",
        "GET /../admin HTTP/1.1\r\nHost: HOST\r\n\r\n", "GET /%2e%2e/admin HTTP/1.1\r\nHost: HOST\r\n\r\n",
        "GET /a%5cb HTTP/1.1\r\nHost: HOST\r\n\r\n", "GET /a%00 HTTP/1.1\r\nHost: HOST\r\n\r\n", "GET /%c0%ae HTTP/1.1\r\nHost: HOST\r\n\r\n",
    ]

    @Test func `what could be read in two ways is 400 and never reaches the UI, open as that is`() async throws {
        let reached = Mutex<[String]>([])
        try await Upstream.run(answer: { head, wire in
            reached.withLock { $0.append(head.start) }
            try await Upstream.echo(head, wire)
        }) { upstream in
            try await Folder.run { folder in
                let environment = Gateway.withAdmin.merging(["GATEHOUSE_UI_GUARD": "public"]) { $1 }
                try await Gateway.run(["--ui", "http://127.0.0.1:\(upstream)"], in: folder, environment: environment) { gateway in
                    #expect(try await gateway.get("/plain").status == 200)
                    for request in Self.refused {
                        let wire = try await Wire.connect(port: gateway.port)
                        try await wire.send(request.replacing("HOST", with: "127.0.0.1:\(gateway.port)"))
                        let answer = try await wire.answer(to: "POST")
                        #expect(answer.status == 400, "\(request.debugDescription)")
                        #expect(answer["X-Request-ID"] != nil && answer["X-Request-ID"] == answer.json("request_id"), "\(request.debugDescription)")
                        #expect(answer["X-Content-Type-Options"] == "nosniff", "\(request.debugDescription)")
                        await wire.close()
                    }
                    // A second request in the body of the first is never answered as one.
                    let wire = try await Wire.connect(port: gateway.port)
                    let hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
                    try await wire.send(
                        "POST /first HTTP/1.1\r\nHost: 127.0.0.1:\(gateway.port)\r\nOrigin: \(gateway.url)\r\n"
                            + "Content-Length: \(hidden.utf8.count)\r\nConnection: close\r\n\r\n\(hidden)")
                    #expect(try await wire.answer(to: "POST").status == 200)
                    #expect(try await wire.rest().isEmpty)
                    await wire.close()
                }
            }
        }
        #expect(reached.withLock { $0 } == ["GET /plain HTTP/1.1", "POST /first HTTP/1.1"])
    }
}

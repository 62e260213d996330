import Foundation
import Testing

@Suite struct UpstreamTests {
    @Test func `a UI given by its URL learns who asks, and nothing that it should not have`() async throws {
        try await withEcho { gateway in
            let session = try await gateway.signIn()
            let answer = try await gateway.get(
                "/page?x=%2F", ["Cookie": "theme=dark; \(session.cookie)", "X-Forwarded-User": "evil", "X_Forwarded_User": "evil"])
            #expect(answer.status == 200)
            let lines = answer.text.split(separator: "\n")
            #expect(lines.first == "GET /page?x=%2F HTTP/1.1")
            #expect(lines.filter { $0.lowercased().contains("forwarded") && $0.hasSuffix("user: evil") }.isEmpty)
            #expect(lines.contains("X-Forwarded-User: admin"))
            #expect(lines.contains("X-Forwarded-Groups: admin"))
            #expect(lines.contains("X-Forwarded-Tenant: default"))
            #expect(lines.contains { $0.lowercased() == "cookie: theme=dark" })
            #expect(!answer.text.contains("evil"))
            #expect(!answer.text.lowercased().contains("\nauthorization:"))
        }
    }

    @Test func `nobody gets past the gateway without a session`() async throws {
        try await withEcho { gateway in
            let navigation = try await gateway.get("/page?x=1", ["Accept": "text/html"])
            #expect(navigation.status == 303)
            #expect(navigation["Location"] == "/auth/sign-in?return_to=/page%3Fx%3D1")
            #expect(try await gateway.get("/page").status == 401)
            #expect(try await gateway.get("/page", ["Authorization": "Bearer nonsense"]).status == 401)
            #expect(try await gateway.get("/page", ["Cookie": "gatehouse=nonsense"]).status == 401)
            #expect(try await gateway.get("/api/nowhere").status == 401)
        }
    }

    @Test func `an upstream that is not there is said to be so, to people and to programs`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(
                ["--ui", "http://127.0.0.1:\(try Ports.free())"], in: folder, environment: Gateway.withAdmin, ready: "/api/healthz"
            ) { gateway async throws in
                let session = try await gateway.signIn()
                let program = try await gateway.get("/", session.bearer)
                #expect(program.status == 502)
                #expect(program.json("code") == "upstream_unavailable")
                #expect(program["Gatehouse-Error"] == "upstream")
                let person = try await gateway.get("/", session.cookieFields.merging(["Accept": "text/html"]) { $1 })
                #expect(person.status == 502)
                #expect(person["Content-Type"]?.hasPrefix("text/html") == true)
            }
        }
    }

    @Test func `server-sent events arrive as they are sent`() async throws {
        let (seen, saw) = AsyncStream<Void>.makeStream()
        try await Upstream.run(answer: { _, wire in
            try await wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            var arrivals = seen.makeAsyncIterator()
            for number in 1...3 {
                try await wire.send("9\r\ndata: \(number)\n\n\r\n")
                _ = await arrivals.next()
            }
            try await wire.send("0\r\n\r\n")
        }) { upstream in
            try await Folder.run { folder in
                try await Gateway.run(["--ui", "http://127.0.0.1:\(upstream)"], in: folder, environment: Gateway.withAdmin) { gateway in
                    let session = try await gateway.signIn()
                    let wire = try await Wire.connect(port: gateway.port)
                    try await wire.request("GET", "/events", port: gateway.port, session.bearer)
                    #expect(try await wire.head().start == "HTTP/1.1 200 OK")
                    for number in 1...3 {
                        #expect(try await wire.chunk() == Array("data: \(number)\n\n".utf8))
                        saw.yield()
                    }
                    #expect(try await wire.chunk() == nil)
                    await wire.close()
                }
            }
        }
    }

    @Test func `a response in flight is finished after SIGTERM, and then the gateway ends with success`() async throws {
        let (told, tell) = AsyncStream<Void>.makeStream()
        try await Upstream.run(answer: { _, wire in
            try await wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
            var orders = told.makeAsyncIterator()
            _ = await orders.next()
            try await wire.send("6\r\nsecond\r\n0\r\n\r\n")
        }) { upstream in
            try await Folder.run { folder in
                try await Gateway.run(["--ui", "http://127.0.0.1:\(upstream)"], in: folder, environment: Gateway.withAdmin) { gateway in
                    let session = try await gateway.signIn()
                    let wire = try await Wire.connect(port: gateway.port)
                    try await wire.request("GET", "/slow", port: gateway.port, session.bearer)
                    _ = try await wire.head()
                    #expect(try await wire.chunk() == Array("first".utf8))
                    gateway.program.send(SIGTERM)
                    #expect(await soon { (try? await gateway.get("/api/healthz").status) != 200 })
                    #expect(gateway.program.isRunning)
                    tell.yield()
                    #expect(try await wire.chunk() == Array("second".utf8))
                    #expect(try await wire.chunk() == nil)
                    await wire.close()
                    #expect(try await gateway.program.ended() == 0, "\(gateway.log.suffix(2000))")
                }
            }
        }
    }
}

extension UpstreamTests {
    /// Runs a gateway in front of an upstream that begins a response of this type and never ends it; `body` gets a connection on which
    /// that has begun.
    private func withEndless(
        _ type: String, environment: [String: String] = [:], _ body: (Gateway, Wire, Folder) async throws -> Void
    ) async throws {
        let (end, finish) = AsyncStream<Never>.makeStream()
        try await Upstream.run(answer: { _, wire in
            try await wire.send("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
            for await _ in end {}
        }) { upstream in
            defer { finish.finish() }
            try await Folder.run { folder in
                let environment = Gateway.withAdmin.merging(environment) { $1 }
                try await Gateway.run(["--ui", "http://127.0.0.1:\(upstream)"], in: folder, environment: environment) { gateway in
                    let session = try await gateway.signIn()
                    let wire = try await Wire.connect(port: gateway.port)
                    try await wire.request("GET", "/endless", port: gateway.port, session.bearer)
                    _ = try await wire.head()
                    #expect(try await wire.chunk() == Array("data: 1\n\n".utf8))
                    try await body(gateway, wire, folder)
                    await wire.close()
                }
            }
        }
    }

    @Test func `a stream of events ends as a whole at SIGTERM, and the gateway with it`() async throws {
        try await withEndless("text/event-stream") { gateway, wire, _ async throws in
            gateway.program.send(SIGTERM)
            #expect(try await wire.chunk() == nil)
            #expect(try await gateway.program.ended(within: .seconds(5)) == 0, "\(gateway.log.suffix(2000))")
        }
    }

    @Test func `a response that outlasts the time to drain is broken off, and the gateway still ends with success and a tidy store`() async throws {
        try await withEndless("text/plain", environment: ["GATEHOUSE_SERVER_DRAIN_TIMEOUT": "1s"]) { gateway, wire, folder async throws in
            gateway.program.send(SIGTERM)
            #expect(try await gateway.program.ended(within: .seconds(10)) == 0, "\(gateway.log.suffix(2000))")
            #expect(await wire.ends(within: .seconds(1)))
            let logs = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix("-wal") }
            for name in logs {
                let size = try FileManager.default.attributesOfItem(atPath: folder.file(name))[.size] as? Int
                #expect(size == 0, "the write-ahead log was not folded in")
            }
        }
    }
}

/// A gateway in front of an upstream that tells what it was sent.
func withEcho(_ body: (Gateway) async throws -> Void) async throws {
    try await Upstream.run(answer: Upstream.echo) { upstream in
        try await Folder.run { folder in
            try await Gateway.run(["--ui", "http://127.0.0.1:\(upstream)"], in: folder, environment: Gateway.withAdmin, body)
        }
    }
}

import GatehouseClient
import GatehouseCore
import GatehouseTokens
import NIOHTTP1
import Testing

@Suite struct KeySetClientTests {
    private static let set = Array(#"{"keys":[]}"#.utf8)

    private func expectFailure(
        _ code: GatehouseError.Code = .keysUnavailable, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> FetchedKeySet
    ) async {
        let error = await #expect(throws: GatehouseError.self, sourceLocation: sourceLocation) { _ = try await body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    @Test func `a key set is fetched with a bare request`() async throws {
        try await KeySetServer.with({ _ in .init(body: Self.set) }) { server in
            let fetched = try await KeySetClient().fetch(server.url("/a/keys?tenant=b%20c"))
            #expect(fetched.json == Self.set)
            #expect(fetched.maxAge == nil)
            #expect(server.paths == ["/a/keys?tenant=b%20c"])
            let names = Set(try #require(server.requests.first).headers.map { $0.name.lowercased() })
            #expect(names.isSubset(of: ["host", "accept", "connection", "content-length", "user-agent"]))
        }
    }

    @Test(
        arguments: [
            ([], nil), ([("Cache-Control", "max-age=600")], 600), ([("cache-control", "public, MAX-AGE=\"600\" , must-revalidate")], 600),
            ([("Cache-Control", "max-age=600, max-age=60")], 60), ([("Cache-Control", "max-age=600"), ("Cache-Control", "max-age=90")], 90),
            ([("Cache-Control", "no-store")], 0), ([("Cache-Control", "max-age=600, no-store")], 0), ([("Cache-Control", "no-cache=\"x\"")], 0),
            ([("Cache-Control", "max-age=600"), ("Age", "500")], 100), ([("Cache-Control", "max-age=600"), ("Age", "900")], 0),
            ([("Cache-Control", "max-age=600"), ("Age", "x")], 600), ([("Cache-Control", "max-age=-1")], 0), ([("Cache-Control", "max-age")], 0),
            ([("Cache-Control", "max-age=")], 0), ([("Cache-Control", "max-age=x")], 0), ([("Cache-Control", "max-age=1.5")], 0),
            ([("Cache-Control", "max-age=99999999999999999999")], 1 << 31), ([("Cache-Control", "s-maxage=5, x-max-age=7")], nil),
            ([("Expires", "0")], nil), ([("Cache-Control", ",, ,")], nil),
        ] as [([(String, String)], Int64?)])
    func `how long a set may be kept is read from its answer`(headers: [(String, String)], seconds: Int64?) async throws {
        try await KeySetServer.with({ _ in .init(headers: headers, body: Self.set) }) { server in
            let fetched = try await KeySetClient().fetch(server.url())
            #expect(fetched.maxAge == seconds.map { .seconds($0) })
        }
    }

    @Test(arguments: [300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 429, 500, 502, 503])
    func `an answer that is no success is a failure, and no redirect is followed`(status: Int) async throws {
        let script: KeySetServer.Script = { path in
            path == "/keys" ? .init(status: .init(statusCode: status), headers: [("Location", "/elsewhere")]) : .init(body: Self.set)
        }
        try await KeySetServer.with(script) { server in
            await expectFailure { try await KeySetClient().fetch(server.url()) }
            #expect(server.paths == ["/keys"])
        }
    }

    @Test func `a server that does not answer is given up on in time`() async throws {
        try await KeySetServer.with({ _ in nil }) { server in
            let clock = ContinuousClock()
            let spent = await clock.measure {
                await expectFailure { try await KeySetClient(timeLimit: .milliseconds(200)).fetch(server.url()) }
            }
            #expect(spent < .seconds(10))
            #expect(server.paths == ["/keys"])
        }
    }

    @Test func `a server that sends byte after byte is given up on in time`() async throws {
        try await KeySetServer.with({ _ in .init(trickles: true) }) { server in
            await expectFailure { try await KeySetClient(timeLimit: .milliseconds(200)).fetch(server.url()) }
        }
    }

    @Test(arguments: [true, false])
    func `ten megabytes are not read`(isChunked: Bool) async throws {
        let body = [UInt8](repeating: 0x20, count: 10 << 20)
        try await KeySetServer.with({ _ in .init(headers: isChunked ? [("Transfer-Encoding", "chunked")] : [], body: body) }) { server in
            await expectFailure { try await KeySetClient().fetch(server.url()) }
        }
        try await KeySetServer.with({ _ in .init(body: [UInt8](repeating: 0x20, count: 100)) }) { server in
            let fetched = try await KeySetClient(maximumBytes: 100).fetch(server.url())
            #expect(fetched.json.count == 100)
            await expectFailure { try await KeySetClient(maximumBytes: 99).fetch(server.url()) }
        }
    }

    @Test func `where nobody listens, and where nobody speaks TLS, there are no keys`() async throws {
        var port = 0
        try await KeySetServer.with({ _ in .init(body: Self.set) }) { server in
            port = server.port
            await expectFailure { try await KeySetClient().fetch("https://127.0.0.1:\(port)/keys") }
            #expect(server.paths.isEmpty)
        }
        await expectFailure { try await KeySetClient().fetch("http://127.0.0.1:\(port)/keys") }
    }

    @Test func `over TLS only a server with a trusted certificate for its name is asked`() async throws {
        try await KeySetServer.with({ _ in .init(body: Self.set) }, tls: try KeySetServer.tls()) { server in
            await expectFailure { try await KeySetClient().fetch("https://127.0.0.1:\(server.port)/keys") }
            let trusting = try KeySetClient(authorities: TestCertificate.pem)
            await expectFailure { try await trusting.fetch("https://127.0.0.2:\(server.port)/keys") }
            #expect(server.paths.isEmpty)
            for host in ["127.0.0.1", "localhost"] {
                let fetched = try await trusting.fetch("https://\(host):\(server.port)/keys")
                #expect(fetched.json == Self.set)
            }
        }
        let error = #expect(throws: GatehouseError.self) { try KeySetClient(authorities: "nonsense") }
        #expect(error?.code == .configurationInvalid)
    }

    @Test(arguments: ["http://login.example.com/keys", "http://127.1/keys", "http://user@127.0.0.1/keys", "file:///etc/passwd", "", "keys"])
    func `a URL that is not taken is not asked`(url: String) async {
        await expectFailure(.configurationInvalid) { try await KeySetClient().fetch(url) }
    }

    @Test func `a caller who goes away is not waited for`() async throws {
        try await KeySetServer.with({ _ in nil }) { server in
            let clock = ContinuousClock()
            let spent = await clock.measure {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await KeySetClient(timeLimit: .seconds(300)).fetch(server.url()) }
                    await eventually { server.paths.count == 1 }
                    group.cancelAll()
                }
            }
            #expect(spent < .seconds(60))
        }
    }
}

/// Waits for something that happens soon, or records that it did not.
func eventually(sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record("it did not happen within 20 s", sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}

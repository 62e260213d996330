import Foundation
import Testing

@Suite struct WebSocketTests {
    @Test func `a WebSocket carries frames both ways for a cookie and for a bearer`() async throws {
        try await withEcho { gateway in
            let session = try await gateway.signIn()
            for credential in [["Cookie": session.cookie, "Origin": gateway.url], session.bearer] {
                let wire = try await Wire.connect(port: gateway.port)
                let head = try await wire.openWebSocket("/socket", port: gateway.port, credential)
                #expect(head.start.hasPrefix("HTTP/1.1 101"))
                try await wire.sendFrame("hello", masked: true)
                #expect(try await wire.frame() == "hello")
                await wire.close()
            }
        }
    }

    @Test func `signing out closes the WebSockets of the session and no others`() async throws {
        try await withEcho { gateway in
            let (session, other) = (try await gateway.signIn(), try await gateway.signIn())
            let opened = try await [
                open(gateway, ["Cookie": session.cookie, "Origin": gateway.url]), open(gateway, session.bearer),
                open(gateway, other.bearer),
            ]
            #expect(try await gateway.signOut(session) == 204)
            let ended = ContinuousClock.now
            #expect(await opened[0].ends(within: .seconds(5)))
            #expect(await opened[1].ends(within: .seconds(5)))
            #expect(ContinuousClock.now - ended < .seconds(5))
            try await opened[2].sendFrame("still here", masked: true)
            #expect(try await opened[2].frame() == "still here")
            await opened[2].close()
        }
    }

    @Test func `a WebSocket of another site's page, or of nobody, does not reach the upstream`() async throws {
        try await withEcho { gateway in
            let session = try await gateway.signIn()
            for (fields, status) in [
                (["Cookie": session.cookie, "Origin": "http://evil.example"], "403"),
                (["Cookie": session.cookie, "Origin": "null"], "403"),
                (["Cookie": session.cookie], "403"), (["Origin": gateway.url], "401"),
                (["Cookie": "gatehouse=nonsense", "Origin": gateway.url], "401"),
            ] {
                let wire = try await Wire.connect(port: gateway.port)
                let head = try await wire.openWebSocket("/socket", port: gateway.port, fields)
                #expect(head.start.split(separator: " ").dropFirst().first.map(String.init) == status, "\(fields.keys)")
                await wire.close()
            }
        }
    }

    @Test func `open WebSockets and idle connections do not hold up SIGTERM`() async throws {
        try await withEcho { gateway in
            let session = try await gateway.signIn()
            let socket = try await open(gateway, session.bearer)
            let idle = try await Wire.connect(port: gateway.port)
            #expect(try await idle.exchange("GET", "/page", port: gateway.port, session.bearer).status == 200)
            gateway.program.send(SIGTERM)
            #expect(try await gateway.program.ended(within: .seconds(5)) == 0, "\(gateway.log.suffix(2000))")
            #expect(await socket.ends(within: .seconds(1)))
            #expect(await idle.ends(within: .seconds(1)))
        }
    }

    private func open(_ gateway: Gateway, _ credential: [String: String]) async throws -> Wire {
        let wire = try await Wire.connect(port: gateway.port)
        let head = try await wire.openWebSocket("/socket", port: gateway.port, credential)
        try #require(head.start.hasPrefix("HTTP/1.1 101"))
        return wire
    }
}

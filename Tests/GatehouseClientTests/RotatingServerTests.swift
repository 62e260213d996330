import GatehouseClient
import GatehouseCore
import GatehouseTokens
import NIOHTTP1
import Synchronization
import Testing

/// The whole way: tokens of an issuer whose key server rotates, stalls and fails.
@Suite final class RotatingServerTests: Sendable {
    private let now = Mutex(Timestamp(seconds: 1_800_000_000))
    private let issuer = "https://login.example"

    private var clock: WallClock { WallClock { self.now.withLock { $0 } } }

    private func advance(_ time: Duration) { now.withLock { $0 = $0 + time } }

    private func token(_ key: SigningKey) throws -> String {
        let claims = TokenClaims(issuer: issuer, subject: "ada", audience: ["orders"], expiresAt: Timestamp(seconds: 1_800_200_000))
        return try TokenIssuer(key: key, clock: clock).issue(claims: claims)
    }

    private func tokens(_ server: KeySetServer) throws -> ForeignTokens {
        let issuer = ForeignIssuer(issuer: issuer, audience: ["orders"], keys: .remote(url: server.url()), id: "corp")
        return try ForeignTokens(
            [issuer], ownIssuer: "https://own.example", fetch: KeySetClient(timeLimit: .seconds(2)).fetch, clock: clock,
            cache: VerifiedTokenCache())
    }

    private func keys(_ keys: [SigningKey], headers: [(String, String)] = []) -> KeySetServer.Script {
        let json = JWKSet(keys.compactMap(\.publicJWK)).json()
        return { _ in .init(headers: headers, body: json) }
    }

    private func subject(_ tokens: ForeignTokens, _ key: SigningKey) async throws -> String { try await tokens.verify(token(key)).subject }

    private func expectRefusal(_ code: GatehouseError.Code, _ tokens: ForeignTokens, _ key: SigningKey) async {
        let error = await #expect(throws: GatehouseError.self) { _ = try await subject(tokens, key) }
        #expect(error?.code == code)
        #expect((error?.retryAfter != nil) == (code == .keysUnavailable))
    }

    @Test func `tokens are taken through rotation and every fault of the key server`() async throws {
        let (a, b) = (try SigningKey.generate(.ES256, kid: "a"), try SigningKey.generate(.EdDSA, kid: "b"))
        try await KeySetServer.with(keys([a], headers: [("Cache-Control", "max-age=120")])) { server in
            let tokens = try tokens(server)
            var subject = try await subject(tokens, a)
            #expect(subject == "ada")
            // It rotates: found at once by the unknown name, and the old key until the set's time is over.
            server.set(keys([b]))
            subject = try await self.subject(tokens, b)
            #expect(subject == "ada")
            await expectRefusal(.invalidToken, tokens, a)
            #expect(server.paths.count == 2)
            let faults: [KeySetServer.Script] = [
                { _ in nil }, { _ in .init(status: .internalServerError) }, { _ in .init(body: [UInt8](repeating: 0x20, count: 10 << 20)) },
                { _ in .init(body: Array("<html>garbage".utf8)) }, { _ in .init(status: .found, headers: [("Location", "/other")]) },
                { _ in .init(trickles: true) },
            ]
            for (index, fault) in faults.enumerated() {
                server.set(fault)
                advance(.seconds(index == 0 ? 300 : 31))
                subject = try await self.subject(tokens, b)
                #expect(subject == "ada")
                #expect(tokens.keySets.first?.failure?.code == .keysUnavailable)
            }
            #expect(server.paths.count == 2 + faults.count)
            advance(.seconds(25 * 3600))
            await expectRefusal(.keysUnavailable, tokens, b)
            server.set(keys([a, b]))
            advance(.seconds(31))
            subject = try await self.subject(tokens, a)
            #expect(subject == "ada")
        }
    }

    @Test func `while the key server stalls, running tokens make nobody wait`() async throws {
        let key = try SigningKey.generate(.ES256, kid: "a")
        try await KeySetServer.with(keys([key])) { server in
            let tokens = try tokens(server)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await tokens.run() }
                await eventually { tokens.keySets.first?.fetchedAt != nil }
                server.set { _ in nil }
                advance(.seconds(301))
                for _ in 0..<100 {
                    let subject = try await self.subject(tokens, key)
                    #expect(subject == "ada")
                }
                await eventually { tokens.keySets.first?.failure != nil }
                #expect(server.paths.count == 2)
                group.cancelAll()
            }
        }
    }
}

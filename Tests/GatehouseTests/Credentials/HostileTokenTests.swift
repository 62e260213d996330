import Foundation
import Gatehouse
import Hummingbird
import Synchronization
import Testing

/// What attackers send in place of a foreign token. Where they can the signature is good, so that the claims alone are at fault.
@Suite struct `A hostile token` {
    private static let secret = Array("an HMAC secret that is long enough for SHA-256".utf8)
    private static let issuer = "https://hmac.example.com"
    private static let now: Int64 = 1_800_000_000

    private static func with(_ body: (Site, Issuer) async throws -> Void) async throws {
        let elliptic = try Issuer()
        let key = try VerificationKey(hmac: Secret(secret), kid: "h1")
        var symmetric = ForeignIssuer(issuer: issuer, audience: [Issuer.audience], keys: .fixed(try KeyRing([key])), id: "hmac")
        symmetric.types = ["at+jwt"]
        symmetric.allowsMissingType = false
        let issuers = [try elliptic.settings(), symmetric]
        try await Site.with(
            settings: { $0.issuers = issuers },
            routes: { router in
                router.signedIn("who").get { _, context in context.principal.username }
                router.open("open").get { _, context in context.identity.principal?.username ?? "nobody" }
            }
        ) { site in try await body(site, elliptic) }
    }

    private static func encoded(_ text: String) -> String { Base64URL.encode(Array(text.utf8)) }

    /// Signed with the HMAC issuer's key, whatever it says.
    private static func signed(_ header: String, _ payload: String, key: [UInt8] = secret) -> String {
        let input = "\(encoded(header)).\(encoded(payload))"
        return "\(input).\(Base64URL.encode(HMACSHA256.tag(Secret(key), Array(input.utf8))))"
    }

    private static let header = #"{"alg":"HS256","kid":"h1","typ":"at+jwt"}"#

    /// An honest payload with other values for some members; an empty one takes the member out.
    private static func payload(_ members: [String: String] = [:]) -> String {
        var all: [String: String] = [
            "iss": "\"\(issuer)\"", "sub": "\"eve\"", "aud": "\"\(Issuer.audience)\"", "exp": "\(now + 600)", "iat": "\(now)",
        ]
        for (name, value) in members { all[name] = value.isEmpty ? nil : value }
        return "{\(all.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ","))}"
    }

    private static func check(_ site: Site, _ tokens: [String]) async throws {
        for token in tokens {
            let answer = try await site.get("/who", ["Authorization": "Bearer \(token)"])
            #expect(answer.refusal == .badToken, "\(token.prefix(300)) \(answer)")
            #expect(try await site.get("/open", ["Authorization": "Bearer \(token)"]).text == "nobody")
        }
    }

    @Test func `beside which the honest one is taken`() async throws {
        try await Self.with { site, _ in
            let answer = try await site.get("/who", ["Authorization": "Bearer \(Self.signed(Self.header, Self.payload()))"])
            #expect(answer.status == 200 && answer.text == "hmac:eve", "\(answer)")
        }
    }

    @Test func `leaves one line in the log, with the code and the request's id and without the token`() async throws {
        try await Self.with { site, issuer in
            let stranger = try Issuer()
            let tokens = [
                "a.b.c", "x", Self.signed(Self.header, Self.payload(["exp": "1"])), Self.signed(Self.header, Self.payload(["aud": "\"other\""])),
                Self.signed(#"{"alg":"none"}"#, Self.payload()), Self.signed(Self.header, Self.payload(), key: Array("another secret".utf8)),
                try issuer.token(at: site.clock.now, key: stranger.key), try stranger.token(at: site.clock.now, typ: "logout+jwt"),
                String(Self.signed(Self.header, Self.payload()).dropLast(2)), "gh_key_0000000000000000_x_y",
            ]
            for (number, token) in tokens.enumerated() {
                let id = "refused-\(number)"
                let answer = try await site.get("/who", ["Authorization": "Bearer \(token)", "X-Request-ID": id])
                #expect(answer.refusal == .badToken && answer["X-Request-ID"] == id && answer.json("request_id") == id, "\(answer)")
                let lines = site.log.lines.filter { $0.contains("gate.code=") && $0.contains("gate.request_id=\(id) ") }
                #expect(lines.count == 1 && lines.first?.contains("gate.code=invalid_token") == true, "\(lines)")
            }
            let long = tokens.filter { $0.utf8.count > 8 }
            #expect(!site.log.lines.contains { line in long.contains { line.contains($0) } })
        }
    }

    @Test func `with another algorithm, or none, is refused`() async throws {
        try await Self.with { site, issuer in
            let jwk = String(decoding: issuer.key.publicJWK?.json() ?? [], as: UTF8.self)
            let kid = issuer.key.kid
            let elliptic = Self.payload(["iss": "\"\(issuer.name)\""])
            var tokens = ["none", "None", "nOnE", "", "HS512", "RS256", "ES256"].map { algorithm in
                Self.signed(#"{"alg":"\#(algorithm)","kid":"h1","typ":"at+jwt"}"#, Self.payload())
            }
            tokens += tokens.map { token in "\(token.prefix { $0 != "." }).\(Self.encoded(Self.payload()))." }
            tokens.append(Self.signed(#"{"kid":"h1","typ":"at+jwt"}"#, Self.payload()))
            // The public key of an ES256 issuer as an HMAC secret.
            for key in [jwk, kid] {
                tokens.append(Self.signed(#"{"alg":"HS256","kid":"\#(kid)","typ":"at+jwt"}"#, elliptic, key: Array(key.utf8)))
            }
            try await Self.check(site, tokens)
        }
    }

    @Test func `whose header asks for more than is known is refused, and nothing is fetched`() async throws {
        try await Self.with { site, _ in
            try await Self.check(
                site,
                [
                    #"{"alg":"HS256","kid":"h1","typ":"at+jwt","crit":["x"],"x":1}"#, #"{"alg":"HS256","kid":"h1","typ":"at+jwt","crit":[]}"#,
                    #"{"alg":"HS256","kid":"h1","typ":"at+jwt","b64":false}"#, #"{"alg":"HS256","kid":"other","typ":"at+jwt"}"#,
                    #"{"alg":"HS256","alg":"HS256","kid":"h1","typ":"at+jwt"}"#, #"{"alg":"HS256","kid":1,"typ":"at+jwt"}"#,
                    #"{"alg":"HS256","kid":"h1"}"#, #"{"alg":"HS256","kid":"h1","typ":"JWT"}"#, #"{"alg":"HS256","kid":"h1","typ":"logout+jwt"}"#,
                    #"{"alg":"HS256","kid":"../../h1","typ":"at+jwt"}"#, "[]", "null", "", "{",
                    #"{"alg":"HS256","kid":"h2","typ":"at+jwt","jku":"https://evil.example/keys"}"#,
                ].map { Self.signed($0, Self.payload()) })
        }
    }

    @Test func `whose claims are none is refused, and the process lives`() async throws {
        try await Self.with { site, _ in
            let wrong: [[String: String]] = [
                ["exp": "1e300"], ["exp": "-1"], ["exp": "\"9999999999\""], ["exp": "true"], ["exp": "null"], ["exp": "1e-400"], ["exp": ""],
                ["exp": "[]"], ["exp": "9007199254740994"], ["nbf": "\(Self.now + 31)"], ["iat": "\(Self.now + 31)"], ["exp": "\(Self.now - 31)"],
                ["aud": ""], ["aud": "\"other\""], ["aud": "[]"], ["aud": "{}"], ["aud": "[\"orders\",1]"], ["iss": "\"\(Self.issuer)/\""],
                ["iss": "\"HTTPS://hmac.example.com\""], ["iss": "1"], ["iss": ""], ["sub": ""], ["sub": "\"\""], ["sub": "1"],
                ["nonce": "\"n\""], ["at_hash": "\"h\""], ["typ": "\"ID\""], ["typ": "\"Refresh\""], ["x": "1e999"], ["x": "\"\\ud800\""],
            ]
            var payloads = wrong.map(Self.payload)
            payloads.append(Self.payload().dropLast() + ",\"sub\":\"admin\"}")
            payloads += ["[]", "null", "", "{", "\u{FEFF}{}", String(repeating: "[", count: 3000)]
            try await Self.check(site, payloads.map { Self.signed(Self.header, String($0)) })
            #expect(try await site.get("/api/healthz").status == 200)
        }
    }

    @Test func `of another form, or far too large, is refused at once`() async throws {
        try await Self.with { site, _ in
            let good = Self.signed(Self.header, Self.payload())
            let large = Self.signed(Self.header, Self.payload(["x": "\"\(String(repeating: "a", count: 9000))\""]))
            let many = Self.signed(Self.header, Self.payload(["x": "[\((0..<1000).map(String.init).joined(separator: ","))]"]))
            let jwe = Self.encoded(#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483648,"p2s":"x","zip":"DEF"}"#) + ".a.b.c.d"
            let parts = good.split(separator: ".").map(String.init)
            try await Self.check(
                site,
                [
                    jwe, large, good + ".", "." + good, good + "=", "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).", "..", "...", parts[0],
                    "\(parts[0])=.\(parts[1]).\(parts[2])", "\(parts[1]).\(parts[0]).\(parts[2])", good.replacing("-", with: "+") + "_",
                    "e30.e30.e30",
                ])
            #expect(try await site.get("/who", ["Authorization": "Bearer \(many)"]).status == 200)
            let huge = String(repeating: "a", count: 40_000)
            #expect(try await site.get("/who", ["Authorization": "Bearer \(huge)"]).status == 431)
        }
    }

    @Test func `cannot make an identity of ours, nor a role of the system's`() async throws {
        try await Self.with { site, issuer in
            let ada = try issuer.token(site.ada.id, at: site.clock.now, roles: ["admin"])
            let me = try await site.get("/api/v1/auth/me", ["Authorization": "Bearer \(ada)"])
            #expect(me.json("auth_provider") == "corp" && me.json("username") == "corp:\(site.ada.id)" && me.strings("roles") == [], "\(me)")
            for path in ["/api/v1/api-keys", "/api/auth/refresh"] {
                let answer = try await site.send(path.hasSuffix("refresh") ? "POST" : "GET", path, ["Authorization": "Bearer \(ada)"])
                #expect(answer.status == 403 || answer.status == 401, "\(path) \(answer)")
            }
            let person = try await site.signIn()
            #expect(try await site.send("POST", "/api/auth/logout", ["Authorization": "Bearer \(ada)"]).status == 204)
            #expect(try await site.isSignedIn(cookie: person.cookie))
        }
    }
}

@Suite struct `The key set of another issuer` {
    /// Answers with whatever it is told to, and counts how often it was asked.
    private final class Server: Sendable {
        private let state = Mutex<(json: [UInt8]?, asked: Int)>((nil, 0))

        var asked: Int { state.withLock { $0.asked } }
        func serve(_ json: [UInt8]?) { state.withLock { $0.json = json } }

        var fetch: KeySetFetch {
            { _ in
                let json = self.state.withLock { state in
                    state.asked += 1
                    return state.json
                }
                guard let json else { throw GatehouseError(.keysUnavailable, "The issuer is down.") }
                return FetchedKeySet(json: json, maxAge: .seconds(300))
            }
        }
    }

    private static func with(isUp: Bool, _ body: (Site, Issuer, Server) async throws -> Void) async throws {
        let (issuer, server) = (try Issuer(), Server())
        if isUp { server.serve(try keys(of: issuer)) }
        let settings = try issuer.settings { $0.keys = .remote(url: "https://login.example.com/keys") }
        try await Site.with(
            settings: {
                $0.issuers = [settings]
                $0.keySetFetch = server.fetch
            },
            routes: { router in
                router.signedIn("who").get { _, context in context.principal.username }
                router.open("open").get { _, _ in "open" }
            }
        ) { site in try await body(site, issuer, server) }
    }

    private static func keys(of issuer: Issuer) throws -> [UInt8] { JWKSet([try #require(issuer.key.publicJWK)]).json() }

    @Test func `that cannot be had is 503 with a time to come back, and closes no open route`() async throws {
        try await Self.with(isUp: false) { site, issuer, server in
            let bearer = "Bearer \(try issuer.token(at: site.clock.now))"
            let answer = try await site.get("/who", ["Authorization": bearer])
            #expect(answer.status == 503 && answer.code == "keys_unavailable" && answer["Retry-After"] != nil, "\(answer)")
            #expect(try await site.get("/open", ["Authorization": bearer]).text == "open")
            #expect(try await site.get("/who", ["Authorization": "Bearer a.b.c"]).refusal == .badToken)
            server.serve(try Self.keys(of: issuer))
            site.clock.advance(.seconds(31))
            #expect(
                try await eventually {
                    site.clock.advance(.seconds(1))
                    return try await site.get("/who", ["Authorization": "Bearer \(try issuer.token(at: site.clock.now))"]).text == "corp:eve"
                })
        }
    }

    @Test func `is fetched once for any number of unknown keys`() async throws {
        try await Self.with(isUp: true) { site, issuer, server in
            let good = "Bearer \(try issuer.token(at: site.clock.now))"
            #expect(try await site.get("/who", ["Authorization": good]).text == "corp:eve")
            let before = server.asked
            for _ in 0..<50 {
                let stranger = try Issuer(issuer.name)
                #expect(try await site.get("/who", ["Authorization": "Bearer \(try stranger.token(at: site.clock.now))"]).refusal == .badToken)
            }
            #expect(server.asked <= before + 1, "\(server.asked) fetches")
            #expect(try await site.get("/who", ["Authorization": good]).text == "corp:eve")
            server.serve(nil)
            site.clock.advance(.seconds(400))
            let later = "Bearer \(try issuer.token(at: site.clock.now))"
            #expect(try await site.get("/who", ["Authorization": later]).text == "corp:eve")
        }
    }
}

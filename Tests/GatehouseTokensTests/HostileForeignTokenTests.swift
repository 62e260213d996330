import Crypto
import CryptoExtras
import Foundation
import GatehouseCore
import GatehouseTokens
import Synchronization
import Testing

/// What attackers send with a foreign issuer's name on it.
@Suite struct HostileForeignTokenTests {
    private let abroad = Abroad()
    private var forger: Forger { abroad.forger }

    @Test(arguments: [
        "\"none\"", "\"None\"", "\"nOnE\"", "\"\"", "null", "7", "\"hs256\"", "[\"HS256\"]", "\"RS256\"", "\"ES256\"", "\"HS512\"",
    ])
    func `an alg that is none of the key's is refused, signed or not`(algorithm: String) async throws {
        let header = #"{"alg":\#(algorithm),"kid":"h","typ":"at+jwt"}"#
        try await abroad.expectRefusal(header: header)
        try await abroad.expectRefusal(header: #"{"kid":"h","typ":"at+jwt"}"#)
        for end in [".", ".AA", ""] {
            await abroad.expectRefusal(Forger.segments(header, Forger.payload) + end, try abroad.tokens())
        }
    }

    @Test func `a public key is never an HMAC secret`() async throws {
        let key = try TestKeys.key(.RS256)
        let source = KeySource(.keys([key]))
        var remote = try abroad.issuer()
        remote.keys = .remote(url: "https://login.example/keys")
        let fetched = try abroad.tokens([remote], fetch: source.fetch)
        let ring = try KeyRing([key.verificationKey])
        let fixed = try abroad.tokens { $0.keys = .fixed(ring) }
        let rsa = try key.privateBytes().expose { try _RSA.Signing.PrivateKey(derRepresentation: $0).publicKey }
        let jwk = try #require(key.publicJWK)
        guard case .rsa(let modulus, _) = jwk.material else { Issue.record("not RSA"); return }
        let input = Forger.segments(#"{"alg":"HS256","kid":"\#(key.kid)","typ":"at+jwt"}"#, Forger.payload)
        for secret in [
            modulus, Array(Base64URL.encode(modulus).utf8), jwk.json(), Array(rsa.pemRepresentation.utf8), [UInt8](rsa.derRepresentation),
        ] {
            let mac = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: SymmetricKey(data: secret))
            for tokens in [fetched, fixed] { await abroad.expectRefusal(input + "." + Base64URL.encode(Array(mac)), tokens) }
        }
        // An algorithm that no fetched key can have is not worth a fetch.
        #expect(source.count == 0)
    }

    @Test func `a key without alg answers to its kind alone, and no token changes that`() async throws {
        let key = try TestKeys.key(.RS256)
        var jwk = try #require(key.publicJWK)
        jwk.algorithm = nil
        jwk.kid = "k1"
        let set = JWKSet([jwk]).json()
        var issuer = try abroad.issuer()
        issuer.keys = .remote(url: "https://login.example/keys")
        let tokens = try abroad.tokens([issuer], fetch: { _ in FetchedKeySet(json: set) })
        let named = try SigningKey(algorithm: .RS256, privateBytes: key.privateBytes(), kid: "k1")
        let good = try JWS.sign(Array(Forger.payload.utf8), with: named)
        for algorithm in ["RS512", "PS256", "ES256", "HS256", "none"] {
            let header = Base64URL.encode(Array(#"{"alg":"\#(algorithm)","kid":"k1"}"#.utf8))
            let parts = good.split(separator: ".")
            await abroad.expectRefusal("\(header).\(parts[1]).\(parts[2])", tokens)
            #expect(try await tokens.verify(good).subject == "ada")
        }
        issuer.algorithms = [.PS256]
        let narrowed = try abroad.tokens([issuer], fetch: { _ in FetchedKeySet(json: set) })
        await abroad.expectRefusal(good, narrowed)
        let other = try SigningKey(algorithm: .PS256, privateBytes: key.privateBytes(), kid: "k1")
        #expect(try await narrowed.verify(JWS.sign(Array(Forger.payload.utf8), with: other)).subject == "ada")
    }

    @Test(arguments: [
        #""crit":[]"#, #""crit":["exp"]"#, #""crit":["b64","b64"]"#, #""crit":["b64"],"b64":false"#, #""b64":false"#, #""b64":true"#,
        #""enc":"A256GCM""#, #""zip":"DEF""#, #""kid":"e""#, #""\u006bid":"h""#, #""alg":"HS256""#,
    ])
    func `critical, repeated and foreign header members are refused`(member: String) async throws {
        try await abroad.expectRefusal(header: #"{"alg":"HS256","kid":"h","typ":"at+jwt",\#(member)}"#)
    }

    @Test(arguments: [#""other""#, #""""#, #""H""#, #""h\u0000""#, "7", "null"])
    func `an unknown kid is refused, never given a default key`(kid: String) async throws {
        try await abroad.expectRefusal(header: #"{"alg":"HS256","kid":\#(kid),"typ":"at+jwt"}"#)
    }

    @Test func `ten thousand unknown names make one fetch in a cool-down, and good tokens stay good`() async throws {
        let key = try SigningKey.generate(.ES256, kid: "a")
        let source = KeySource(.keys([key]))
        var issuer = try abroad.issuer()
        issuer.keys = .remote(url: "https://login.example/keys")
        let tokens = try abroad.tokens([issuer], fetch: source.fetch, clock: source.clock)
        let good = try JWS.sign(Array(Forger.payload.utf8), with: key)
        _ = try await tokens.verify(good)
        for number in 0..<10_000 {
            let token = Forger.segments(#"{"alg":"ES256","kid":"\#(UInt64.random(in: 0 ... .max))"}"#, Forger.payload) + ".AAAA"
            let error = await #expect(throws: GatehouseError.self) { _ = try await tokens.verify(token) }
            #expect(error?.code == .invalidToken)
            if number % 100 == 0 { #expect(try tokens.verifyCached(good)?.subject == "ada") }
        }
        #expect(source.count == 2)
    }

    @Test(arguments: ["jku", "x5u", "jwk", "x5c"])
    func `a key that a token brings along is neither used nor fetched`(member: String) async throws {
        let attacker = P256.Signing.PrivateKey()
        let point = [UInt8](attacker.publicKey.rawRepresentation)
        let jwk = JWK(.ellipticCurve(.p256, x: Array(point[..<32]), y: Array(point[32...])), kid: "e")
        let value = member == "jwk" ? String(decoding: jwk.json(), as: UTF8.self) : #""https://attacker.example/keys""#
        let input = Forger.segments(#"{"alg":"ES256","kid":"e","typ":"at+jwt","\#(member)":\#(value)}"#, Forger.payload)
        let signature = [UInt8](try attacker.signature(for: Array(input.utf8)).rawRepresentation)
        let asked = Mutex<[String]>([])
        let issuers = [
            try abroad.issuer(),
            ForeignIssuer(issuer: "https://b.example", audience: [Forger.audience], keys: .remote(url: "https://b.example/keys"), id: "b"),
        ]
        let tokens = try abroad.tokens(
            issuers,
            fetch: { url in
                asked.withLock { $0.append(url) }
                throw KeySource.Failure()
            })
        await abroad.expectRefusal(input + "." + Base64URL.encode(signature), tokens)
        #expect(asked.withLock { $0 }.isEmpty)
    }

    @Test func `encrypted, nested and bloated tokens are refused at once`() async throws {
        let tokens = try abroad.tokens()
        let jwe = Forger.segments(#"{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","p2c":2147483648,"p2s":"AA","zip":"DEF"}"#, "x")
        var nested = forger.hmac()
        for _ in 0..<12 { nested = forger.hmac(#"{"alg":"HS256","kid":"h","typ":"at+jwt","cty":"JWT"}"#, nested) }
        let claims = "{\"iss\":\"\(Forger.issuer)\"," + (0..<50_000).map { "\"c\($0)\":0" }.joined(separator: ",") + "}"
        let deep = "{\"iss\":\"\(Forger.issuer)\",\"x\":" + String(repeating: "[", count: 4000) + String(repeating: "]", count: 4000) + "}"
        let hostile = [
            jwe + ".AA.AA.AA", nested, String(repeating: "A", count: 10_000_000), String(repeating: "..", count: 2000),
            forger.hmac(#"{"alg":"HS256","kid":"\#(String(repeating: "k", count: 1_000_000))"}"#), forger.hmac(payload: claims),
            forger.hmac(payload: deep), forger.hmac(payload: String(repeating: "[", count: 100_000)), "", ".", "..", "...", "\0", "é.é.é",
        ]
        let clock = ContinuousClock()
        for token in hostile {
            let spent = await clock.measure { await abroad.expectRefusal(token, tokens) }
            #expect(spent < .seconds(1))
        }
    }

    @Test(arguments: [
        "1e300", "-1", "\"9999999999\"", "true", "null", "1e-400", "0", "[]", "9007199254740994", "1e19", "-1e300", "1799999970",
    ])
    func `times that are none, or not now, are refused and nothing traps`(value: String) async throws {
        let pasts: [String: Int64] = ["0": 0, "1e-400": 0, "1799999970": 1_799_999_970]
        try await abroad.expectRefusal(payload: Forger.payload(["exp": value]))
        for claim in ["nbf", "iat"] where pasts[value] == nil {
            try await abroad.expectRefusal(payload: Forger.payload([claim: value]))
        }
        for claim in ["nbf", "iat"] { try await abroad.expectRefusal(payload: Forger.payload([claim: "1800000031"])) }
        try await abroad.expectRefusal(payload: Forger.payload(["exp": nil]))
        // What is not ours to judge by is not looked at.
        let identity = try await abroad.tokens().verify(forger.hmac(payload: Forger.payload(["auth_time": value])))
        #expect(identity.authenticatedAt == pasts[value].map { Timestamp(seconds: $0) })
    }

    @Test(arguments: [
        #"{"iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600,"exp":1800000600}"#,
        #"{"iss":"https://gate.example","iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600}"#,
        #"{"iss":"https://other.example","\u0069ss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600}"#,
        #"{"iss":"https://gate.example","sub":"\ud800","aud":"orders","exp":1800000600}"#, "[]", "null", "7", "{}", "",
    ])
    func `a payload out of shape is refused`(payload: String) async throws { try await abroad.expectRefusal(payload: payload) }

    @Test(arguments: ["logout+jwt", "refresh+jwt", "id_token+jwt", "dpop+jwt", "secevent+jwt", "at+jwt+x", ""])
    func `tokens of another kind are refused`(type: String) async throws {
        try await abroad.expectRefusal(header: #"{"alg":"HS256","kid":"h","typ":"\#(type)"}"#)
        for (name, value) in [("nonce", "\"n\""), ("at_hash", "\"h\""), ("typ", "\"ID\""), ("typ", "\"Refresh\"")] {
            try await abroad.expectRefusal(header: #"{"alg":"HS256","kid":"h"}"#, payload: Forger.payload([name: value]))
        }
        for header in [#"{"alg":"HS256","kid":"h"}"#, #"{"alg":"HS256","kid":"h","typ":"JWT"}"#] {
            #expect(try await abroad.tokens().verify(forger.hmac(header, Forger.payload)).subject == "ada")
            try await abroad.expectRefusal(header: header) {
                $0.types = ["at+jwt"]
                $0.allowsMissingType = false
            }
        }
    }

    @Test(
        arguments: [
            nil, #""other""#, #"["other"]"#, "[]", "null", "7", #"{"orders":1}"#, #"["orders",7]"#, #""Orders""#, #""orders ""#,
        ] as [String?])
    func `another audience is refused`(audience: String?) async throws {
        try await abroad.expectRefusal(payload: Forger.payload(["aud": audience]))
    }

    @Test(
        arguments: [
            nil, #""https://gate.example/""#, #""https://Gate.example""#, #""https://other.example""#, #"["https://gate.example"]"#, "null",
            #""""#, #""https://gate.example\u0000""#, #""https://own.example""#,
        ] as [String?])
    func `another issuer is refused, byte for byte, and is not ours to ask`(issuer: String?) async throws {
        let token = forger.hmac(payload: Forger.payload(["iss": issuer]))
        #expect(try !abroad.tokens().accepts(token))
        await abroad.expectRefusal(token, try abroad.tokens())
    }

    @Test func `issuers that only look alike to Unicode are apart`() async throws {
        let composed = try abroad.tokens { $0.issuer = "https://caf\u{e9}.example" }
        #expect(try await composed.verify(forger.hmac(payload: Forger.payload(["iss": "\"https://caf\u{e9}.example\""]))).subject == "ada")
        await abroad.expectRefusal(forger.hmac(payload: Forger.payload(["iss": "\"https://cafe\u{301}.example\""])), composed)
    }

    @Test func `signatures out of shape are refused`() async throws {
        let input = Forger.segments(#"{"alg":"ES256","kid":"e","typ":"at+jwt"}"#, Forger.payload)
        let good = [UInt8](try forger.privateKey.signature(for: Array(input.utf8)).rawRepresentation)
        let der = [UInt8](try forger.privateKey.signature(for: Array(input.utf8)).derRepresentation)
        let order = try #require(Base64URL.decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE"))
        let tokens = try abroad.tokens()
        #expect(try await tokens.verify(input + "." + Base64URL.encode(good)).subject == "ada")
        for signature in [
            [UInt8](repeating: 0, count: 64), [UInt8](repeating: 255, count: 64), order + good[32...], good[..<32] + order, der,
            Array(good.dropLast()), good + [0], [0] + good, [],
        ] {
            await abroad.expectRefusal(input + "." + Base64URL.encode(Array(signature)), tokens)
        }
        let key = try TestKeys.key(.EdDSA)
        let ring = try KeyRing([key.verificationKey])
        let edwards = try abroad.tokens { $0.keys = .fixed(ring) }
        let token = try JWS.sign(Array(Forger.payload.utf8), with: key)
        let parts = token.split(separator: ".")
        var signature = try #require(Base64URL.decode(parts[2]))
        #expect(try await edwards.verify(token).subject == "ada")
        for index in 32..<64 { signature[index] = 255 }
        await abroad.expectRefusal("\(parts[0]).\(parts[1]).\(Base64URL.encode(signature))", edwards)
    }

    @Test func `the size limit is the issuer's`() async throws {
        let long = forger.hmac(payload: Forger.payload(["note": "\"\(String(repeating: "x", count: 8 * 1024))\""]))
        await abroad.expectRefusal(long, try abroad.tokens())
        #expect(try await abroad.tokens { $0.maximumBytes = 16 * 1024 }.verify(long).subject == "ada")
    }

    @Test func `the least that is wrong with a random token never gets another answer`() async throws {
        var random = SeededGenerator(7)
        let tokens = try abroad.tokens()
        let good = Array(forger.hmac().utf8)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...127, using: &random)
            }
            guard bytes != good else { continue }
            let error = await #expect(throws: GatehouseError.self) { _ = try await tokens.verify(String(decoding: bytes, as: UTF8.self)) }
            #expect(error?.code == .invalidToken)
        }
    }
}

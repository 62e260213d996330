import Crypto
import Foundation
import GatehouseCore
import GatehouseTokens
import Synchronization
import Testing

/// What attackers send; every answer is `invalid_token`.
@Suite struct TokenVerifierTests {
    private let forger = Forger()

    private func refuse(
        header: String = #"{"alg":"HS256","kid":"h","typ":"at+jwt"}"#, payload: String = Forger.payload, rules: ClaimRules = Forger.rules,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectInvalidToken("\(header) \(payload)", sourceLocation: sourceLocation) {
            _ = try forger.verifier(rules).verify(forger.hmac(header, payload))
        }
    }

    @Test func `a good token tells who it is about`() throws {
        let payload = Forger.payload([
            "nbf": "1800000000.25", "sid": #""s1""#, "client_id": #""cli""#, "aud": #"["other","orders"]"#, "realm": #"{"roles":["a"]}"#,
        ])
        for token in [forger.hmac(#"{"alg":"HS256","kid":"h","typ":"application/AT+JWT"}"#, payload), try forger.ecdsa(payload: payload)] {
            let verified = try forger.verifier().verify(token)
            #expect(verified.issuer == Forger.issuer)
            #expect(verified.subject == "ada")
            #expect(verified.audience == ["other", "orders"])
            #expect(verified.expiresAt == Timestamp(seconds: 1_800_000_600))
            #expect(verified.issuedAt == Timestamp(seconds: 1_800_000_000))
            #expect(verified.notBefore == Timestamp(microseconds: 1_800_000_000_250_000))
            #expect(verified.jti == "t1")
            #expect(verified.sid == "s1")
            #expect(verified.clientID == "cli")
            #expect(verified.claims.json == Array(payload.utf8))
            #expect(verified.claim("realm", "roles")?.strings == ["a"])
        }
    }

    @Test(arguments: [
        "\"none\"", "\"None\"", "\"nOnE\"", "\"\"", "null", "7", "\"hs256\"", "\"HS256 \"", "[\"HS256\"]", "\"RS256\"", "\"ES256\"",
        "\"HS512\"",
    ])
    func `an alg that is none of the key's is refused, signed or not`(algorithm: String) throws {
        let header = #"{"alg":\#(algorithm),"kid":"h","typ":"at+jwt"}"#
        refuse(header: header)
        for signature in ["", "AA"] {
            expectInvalidToken { _ = try forger.verifier().verify(Forger.segments(header, Forger.payload) + "." + signature) }
        }
        expectInvalidToken { _ = try forger.verifier().verify(Forger.segments(header, Forger.payload)) }
    }

    @Test func `a header without alg is refused`() { refuse(header: #"{"kid":"h","typ":"at+jwt"}"#) }

    @Test func `a public key is never an HMAC secret`() throws {
        let key = try TestKeys.key(.RS256)
        let ring = try KeyRing([key.verificationKey])
        let jwk = try #require(key.publicJWK)
        guard case .rsa(let modulus, _) = jwk.material else { Issue.record("not RSA"); return }
        let header = #"{"alg":"HS256","kid":"\#(key.kid)","typ":"at+jwt"}"#
        let input = Forger.segments(header, Forger.payload)
        for secret in [modulus, Array(Base64URL.encode(modulus).utf8), jwk.json()] {
            let mac = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: SymmetricKey(data: secret))
            expectInvalidToken {
                _ = try TokenVerifier(keys: ring, rules: Forger.rules, clock: Forger.clock).verify(
                    input + "." + Base64URL.encode(Array(mac)))
            }
        }
    }

    @Test(arguments: [
        #""crit":[]"#, #""crit":["exp"]"#, #""crit":["b64","b64"]"#, #""crit":["b64"],"b64":false"#, #""b64":false"#, #""b64":true"#,
        #""crit":null"#, #""enc":"A256GCM""#, #""zip":"DEF""#, #""kid":"e""#, #""\u006bid":"h""#, #""alg":"HS256""#, #""typ":"JWT""#,
    ])
    func `critical, repeated and foreign header members are refused`(member: String) {
        refuse(header: #"{"alg":"HS256","kid":"h","typ":"at+jwt",\#(member)}"#)
    }

    @Test(arguments: [
        #"{"alg":"HS256","kid":7,"typ":"at+jwt"}"#, #"{"alg":"HS256","kid":null,"typ":"at+jwt"}"#, #"{"alg":"HS256","kid":"h","typ":7}"#,
        #"["HS256"]"#, #""HS256""#, #"{"alg":"HS256","kid":"h","typ":"at+jwt"} x"#, "", "{",
    ])
    func `a header out of shape is refused`(header: String) { refuse(header: header) }

    @Test(arguments: [#""other""#, #""""#, #""H""#, #""h ""#, #""h\u0000""#])
    func `an unknown kid is refused, never given a default key`(kid: String) {
        refuse(header: #"{"alg":"HS256","kid":\#(kid),"typ":"at+jwt"}"#)
    }

    @Test func `a missing kid is refused where there are several keys and taken where there is one`() throws {
        let token = forger.hmac(#"{"alg":"HS256","typ":"at+jwt"}"#)
        expectInvalidToken { _ = try forger.verifier().verify(token) }
        let named = try KeyRing([VerificationKey(hmac: Secret(forger.secret), kid: "h")])
        #expect(try TokenVerifier(keys: named, rules: Forger.rules, clock: Forger.clock).verify(token).subject == "ada")
        expectInvalidToken {
            let other = forger.hmac(#"{"alg":"HS256","kid":"x","typ":"at+jwt"}"#)
            _ = try TokenVerifier(keys: named, rules: Forger.rules, clock: Forger.clock).verify(other)
        }
        let unnamed = try KeyRing([VerificationKey(hmac: Secret(forger.secret))])
        #expect(try TokenVerifier(keys: unnamed, rules: Forger.rules, clock: Forger.clock).verify(forger.hmac()).subject == "ada")
        expectInvalidToken { _ = try TokenVerifier(keys: KeyRing([]), rules: Forger.rules, clock: Forger.clock).verify(token) }
    }

    @Test(arguments: ["jku", "x5u", "jwk", "x5c"])
    func `a key that a token brings along is not looked at`(member: String) throws {
        let attacker = P256.Signing.PrivateKey()
        let point = [UInt8](attacker.publicKey.rawRepresentation)
        let jwk = JWK(.ellipticCurve(.p256, x: Array(point[..<32]), y: Array(point[32...])), kid: "e")
        let value = member == "jwk" ? String(decoding: jwk.json(), as: UTF8.self) : #""https://attacker.example/keys""#
        let input = Forger.segments(#"{"alg":"ES256","kid":"e","typ":"at+jwt","\#(member)":\#(value)}"#, Forger.payload)
        let signature = [UInt8](try attacker.signature(for: Array(input.utf8)).rawRepresentation)
        expectInvalidToken { _ = try forger.verifier().verify(input + "." + Base64URL.encode(signature)) }
    }

    @Test func `encrypted, nested and bloated tokens are refused at once`() throws {
        let verifier = try forger.verifier()
        let jwe = Forger.segments(#"{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","p2c":2147483648,"p2s":"AA","zip":"DEF"}"#, "x")
        var nested = forger.hmac()
        for _ in 0..<12 { nested = forger.hmac(#"{"alg":"HS256","kid":"h","typ":"at+jwt","cty":"JWT"}"#, nested) }
        let many = "{" + (0..<50_000).map { "\"c\($0)\":0" }.joined(separator: ",") + "}"
        let hostile = [
            jwe + ".AA.AA.AA", nested, String(repeating: "A", count: 10_000_000),
            forger.hmac(#"{"alg":"HS256","kid":"\#(String(repeating: "k", count: 1_000_000))"}"#),
            forger.hmac(payload: many), forger.hmac(payload: String(repeating: "[", count: 100_000)),
            String(repeating: ".", count: 100_000), "", ".", "..", "...",
        ]
        let clock = ContinuousClock()
        for token in hostile {
            let spent = clock.measure { expectInvalidToken { _ = try verifier.verify(token) } }
            #expect(spent < .seconds(1))
        }
    }

    @Test func `the size limit is a rule`() throws {
        let long = forger.hmac(payload: Forger.payload(["note": "\"\(String(repeating: "x", count: 8 * 1024))\""]))
        expectInvalidToken { _ = try forger.verifier().verify(long) }
        var rules = Forger.rules
        rules.maximumBytes = 64 * 1024
        #expect(try forger.verifier(rules).verify(long).subject == "ada")
        #expect(throws: GatehouseError.self) { try JWS.verify(compact: long, keys: forger.keys()) }
        #expect(try JWS.verify(compact: long, keys: forger.keys(), maximumBytes: 64 * 1024).header.kid == "h")
    }

    @Test(arguments: [
        "1e300", "-1", "\"9999999999\"", "true", "null", "1e-400", "0", "[]", "{}", "9007199254740993.5", "9007199254740994", "1e19",
        "99999999999999999999", "-1e300", "-0.5", "1799999969.9", "1799999970",
    ])
    func `an exp that is no time, or past, is refused and nothing traps`(value: String) { refuse(payload: Forger.payload(["exp": value])) }

    @Test(arguments: ["1e300", "-1", "\"1\"", "true", "null", "[]", "1e19", "1800000031", "1800000030.1"])
    func `an nbf or iat that is no time, or ahead, is refused`(value: String) {
        refuse(payload: Forger.payload(["nbf": value]))
        refuse(payload: Forger.payload(["iat": value]))
    }

    @Test func `clocks may differ by the leeway and no more`() throws {
        for (claim, value) in [
            ("exp", "1799999970.1"), ("exp", "9007199254740992"), ("nbf", "1800000030"), ("iat", "1800000030"), ("iat", "1.8e9"),
        ] {
            #expect(try forger.verifier().verify(forger.hmac(payload: Forger.payload([claim: value]))).subject == "ada")
        }
        var rules = Forger.rules
        rules.leeway = .zero
        refuse(payload: Forger.payload(["exp": "1800000000"]), rules: rules)
        refuse(payload: Forger.payload(["nbf": "1800000000.000001"]), rules: rules)
    }

    @Test func `a missing exp is refused unless the rules say otherwise`() throws {
        let payload = Forger.payload(["exp": nil])
        refuse(payload: payload)
        var rules = Forger.rules
        rules.requiresExpiration = false
        #expect(try forger.verifier(rules).verify(forger.hmac(payload: payload)).expiresAt == nil)
    }

    @Test(arguments: [
        #"{"iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600,"exp":1800000600}"#,
        #"{"iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600,"\u0065xp":9}"#,
        #"{"iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600,"x":{"a":1,"a":1}}"#,
        #"{"iss":"https://gate.example","sub":"\ud800","aud":"orders","exp":1800000600}"#,
        #"{"iss":"https://gate.example","sub":"ada","aud":"orders","exp":1800000600,"x":1e400}"#, "[]", "null", "\"x\"", "7", "{}", "x",
    ])
    func `a payload out of shape is refused`(payload: String) { refuse(payload: payload) }

    @Test func `claim names are compared whole`() {
        refuse(payload: Forger.payload(["exp": nil, "\\u0000exp": "1800000600"]))
        refuse(payload: Forger.payload(["exp": nil, "EXP": "1800000600"]))
        refuse(payload: Forger.payload(["sub": nil, "sub\\u0000": "\"ada\""]))
        refuse(payload: Forger.payload(["sub": nil, "x": #"{"sub":"ada"}"#]))
    }

    @Test func `escaped claim names and values count as what they spell`() throws {
        let payload = Forger.payload([
            "exp": nil, "\\u0065xp": "1800000600", "iss": #""https:\/\/gate.example""#, "aud": #"["\u006frders"]"#,
        ])
        #expect(try forger.verifier().verify(forger.hmac(payload: payload)).expiresAt == Timestamp(seconds: 1_800_000_600))
    }

    @Test(
        arguments: [
            nil, #""https://gate.example/""#, #""https://Gate.example""#, #""https://other.example""#, #"["https://gate.example"]"#, "null",
            #""""#,
            #""https://gate.example\u0000""#,
        ] as [String?])
    func `another issuer is refused, byte for byte`(issuer: String?) { refuse(payload: Forger.payload(["iss": issuer])) }

    @Test(
        arguments: [
            nil, #""other""#, #"["other"]"#, "[]", "null", "7", #"{"orders":1}"#, #"["orders",7]"#, #"[["orders"]]"#, #""Orders""#,
            #""orders ""#, #""""#,
        ] as [String?])
    func `another audience is refused`(audience: String?) { refuse(payload: Forger.payload(["aud": audience])) }

    @Test func `an empty audience takes nothing and no audience takes anything`() throws {
        refuse(rules: ClaimRules(issuer: Forger.issuer, audience: []))
        let rules = ClaimRules(issuer: Forger.issuer, audience: nil)
        #expect(try forger.verifier(rules).verify(forger.hmac(payload: Forger.payload(["aud": nil]))).audience == [])
    }

    @Test(arguments: [nil, "", "JWT", "logout+jwt", "at+jwt+x", "text/at+jwt", "refresh+jwt", "at+jwt;x=1"] as [String?])
    func `a token of another type is refused`(type: String?) {
        let member = type.map { #","typ":"\#($0)""# } ?? ""
        refuse(header: #"{"alg":"HS256","kid":"h"\#(member)}"#)
    }

    @Test func `tokens of foreign issuers may have no type or JWT, but not another one`() throws {
        let rules = ClaimRules.foreign(issuer: Forger.issuer, audience: [Forger.audience])
        for member in ["", #","typ":"JWT""#, #","typ":"at+jwt""#] {
            _ = try forger.verifier(rules).verify(forger.hmac(#"{"alg":"HS256","kid":"h"\#(member)}"#))
        }
        refuse(header: #"{"alg":"HS256","kid":"h","typ":"logout+jwt"}"#, rules: rules)
        for (name, value) in [("nonce", "\"n\""), ("nonce", "null"), ("at_hash", "\"h\""), ("typ", "\"ID\""), ("typ", "\"Refresh\"")] {
            refuse(payload: Forger.payload([name: value]), rules: rules)
        }
        _ = try forger.verifier(rules).verify(forger.hmac(payload: Forger.payload(["typ": "\"Bearer\""])))
        var relaxed = rules
        relaxed.refusesOtherTokenKinds = false
        _ = try forger.verifier(relaxed).verify(forger.hmac(payload: Forger.payload(["nonce": "\"n\""])))
    }

    @Test func `sub and jti are asked for where the rules say so`() throws {
        for value in [nil, "\"\"", "7", "null"] as [String?] { refuse(payload: Forger.payload(["sub": value])) }
        var rules = Forger.rules
        rules.requiresTokenID = true
        refuse(payload: Forger.payload(["jti": nil]), rules: rules)
        refuse(payload: Forger.payload(["jti": "7"]))
        rules.requiresTokenID = false
        rules.requiresSubject = false
        #expect(try forger.verifier(rules).verify(forger.hmac(payload: Forger.payload(["sub": nil]))).subject == nil)
    }

    @Test func `the algorithms of an issuer can be narrowed further`() throws {
        var rules = Forger.rules
        rules.algorithms = [.ES256]
        _ = try forger.verifier(rules).verify(try forger.ecdsa())
        refuse(rules: rules)
    }

    @Test func `a header that was seen before does not help a bad signature`() throws {
        let verifier = try forger.verifier()
        let good = forger.hmac()
        for _ in 0..<3 {
            _ = try verifier.verify(good)
            expectInvalidToken { _ = try verifier.verify(String(good.dropLast(4)) + "AAAA") }
            expectInvalidToken { _ = try verifier.verify(good.replacing("eyJ", with: "eyI")) }
        }
    }

    @Test func `a token with the header of a good one is likely of the same verifier`() throws {
        let verifier = try forger.verifier(cache: VerifiedTokenCache())
        #expect(!verifier.isLikely(forger.hmac()))
        expectInvalidToken { _ = try verifier.verify(String(forger.hmac().dropLast(4)) + "AAAA") }
        #expect(!verifier.isLikely(forger.hmac()))
        _ = try verifier.verify(forger.hmac())
        #expect(verifier.isLikely(forger.hmac(payload: Forger.payload(["sub": "\"eve\""]))))
        let header = String(try #require(forger.hmac().split(separator: ".").first))
        for text in ["", ".", header, header + "A.", "A" + header + ".", try forger.ecdsa()] { #expect(!verifier.isLikely(text)) }
    }
}

extension Forger {
    func hmac(payload: String) -> String { hmac(#"{"alg":"HS256","kid":"h","typ":"at+jwt"}"#, payload) }
    func ecdsa(payload: String) throws -> String { try ecdsa(#"{"alg":"ES256","kid":"e","typ":"at+jwt"}"#, payload) }
}

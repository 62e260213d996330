import Crypto
import CryptoExtras
import Foundation
import GatehouseCore
import GatehouseTokens
import Synchronization
import Testing

/// A foreign issuer whose keys are the forger's, HS256 `h` and ES256 `e`.
struct Abroad {
    let forger = Forger()

    func issuer(_ change: (inout ForeignIssuer) -> Void = { _ in }) throws -> ForeignIssuer {
        var issuer = ForeignIssuer(issuer: Forger.issuer, audience: [Forger.audience], keys: .fixed(try forger.keys()), id: "corp")
        change(&issuer)
        return issuer
    }

    func tokens(
        _ issuers: [ForeignIssuer], clientIDs: Set<String> = [], fetch: KeySetFetch? = nil, clock: WallClock = Forger.clock,
        cache: VerifiedTokenCache? = VerifiedTokenCache()
    ) throws -> ForeignTokens {
        try ForeignTokens(
            issuers, ownIssuer: "https://own.example", clientIDs: clientIDs, fetch: fetch, clock: clock, cache: cache)
    }

    func tokens(_ change: (inout ForeignIssuer) -> Void = { _ in }) throws -> ForeignTokens { try tokens([issuer(change)]) }

    /// Refused with `invalid_token`, the second time as the first.
    func expectRefusal(
        _ token: String, _ tokens: ForeignTokens, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        for _ in 0..<2 {
            let error = await #expect(throws: GatehouseError.self, comment, sourceLocation: sourceLocation) {
                _ = try await tokens.verify(token)
            }
            #expect(error?.code == .invalidToken, comment, sourceLocation: sourceLocation)
        }
    }

    func expectRefusal(
        header: String = #"{"alg":"HS256","kid":"h","typ":"at+jwt"}"#, payload: String = Forger.payload,
        _ change: (inout ForeignIssuer) -> Void = { _ in }, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        await expectRefusal(
            forger.hmac(header, payload), try tokens(change), "\(header.prefix(200)) \(payload.prefix(200))", sourceLocation: sourceLocation)
    }
}

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

@Suite struct ForeignTokensTests {
    private let abroad = Abroad()
    private var forger: Forger { abroad.forger }

    private func identity(_ claims: [String: String?], _ change: (inout ForeignIssuer) -> Void = { _ in }) async throws -> ForeignIdentity {
        try await abroad.tokens(change).verify(forger.hmac(payload: Forger.payload(claims)))
    }

    @Test func `a good token says whom it speaks for`() async throws {
        let identity = try await identity([
            "name": #""Ada Lovelace""#, "email": #""ada@example.com""#, "auth_time": "1799999000", "scope": #""orders.read orders.write""#,
        ])
        #expect(identity.issuerID == "corp")
        #expect(identity.subject == "ada")
        #expect(identity.username == "corp:ada")
        #expect(identity.name == "Ada Lovelace")
        #expect(identity.email == "ada@example.com")
        #expect(identity.scopes == ["orders.read", "orders.write"])
        #expect(identity.roles.isEmpty)
        #expect(identity.tenant == nil)
        #expect(identity.expiresAt == Timestamp(seconds: 1_800_000_600))
        #expect(identity.authenticatedAt == Timestamp(seconds: 1_799_999_000))
        #expect(identity.token.jti == "t1")
    }

    @Test func `an issuer without an id goes by its name`() async throws {
        let issuer = ForeignIssuer(issuer: Forger.issuer, audience: [Forger.audience], keys: .fixed(try forger.keys()))
        #expect(try await abroad.tokens([issuer]).verify(forger.hmac()).username == "https://gate.example:ada")
    }

    @Test func `issuers are told apart by name, and each has its own keys`() async throws {
        let other = Forger()
        let second = ForeignIssuer(
            issuer: "https://b.example", audience: [Forger.audience],
            keys: .fixed(try KeyRing([VerificationKey(pem: other.privateKey.publicKey.pemRepresentation, kid: "e")])),
            id: "b")
        let tokens = try abroad.tokens([abroad.issuer(), second])
        let payload = Forger.payload(["iss": #""https:\/\/b.example""#])
        #expect(tokens.accepts(try other.ecdsa(payload: payload)))
        #expect(try await tokens.verify(other.ecdsa(payload: payload)).username == "b:ada")
        #expect(try await tokens.verify(forger.ecdsa(payload: Forger.payload)).username == "corp:ada")
        await abroad.expectRefusal(try forger.ecdsa(payload: payload), tokens)
        await abroad.expectRefusal(try other.ecdsa(payload: Forger.payload), tokens)
    }

    @Test(
        arguments: [
            (nil, nil), (#""orders.read""#, ["orders.read"]), (#""  a   b ""#, ["a", "b"]), (#"["a","b","a"]"#, ["a", "b"]), (#""""#, []), ("[]", []),
            ("7", []), ("null", []), ("true", []), (#"{"a":1}"#, []), (#"["a",7,null,["b"],{"c":1}]"#, ["a"]), (#"["a b","ü","",","]"#, []),
            (#""a\u0000b c\"d e,f ok""#, ["ok"]),
        ] as [(String?, [String]?)])
    func `scopes are a text or a list, and a name that is none is left out`(claim: String?, scopes: [String]?) async throws {
        let expected = try scopes.map { Set(try $0.map { try Scope(validating: $0) }) }
        #expect(try await identity(["scope": claim]).scopes == expected)
        #expect(try await identity(["scp": claim]) { $0.mapping.scopeClaim = "scp" }.scopes == expected)
        #expect(try await identity(["scope": claim]) { $0.mapping.scopeClaim = nil }.scopes == nil)
    }

    @Test func `prefixes are stripped, and what has none is left out`() async throws {
        let identity = try await identity(["scope": #""api:orders.read orders.write api: API:x""#, "roles": #"["app-editor","viewer","app-"]"#]) {
            $0.mapping.scopePrefix = "api:"
            $0.mapping.rolesClaim = "roles"
            $0.mapping.rolePrefix = "app-"
        }
        #expect(identity.scopes == ["orders.read"])
        #expect(identity.roles == ["editor"])
    }

    @Test(
        arguments: [
            ("roles", "roles", #"["editor","viewer"]"#), ("realm_access.roles", "realm_access", #"{"roles":["editor","viewer"]}"#),
            ("https://example.com/roles", "https://example.com/roles", #"["editor","viewer"]"#),
            ("resource_access.my.app.roles", "resource_access", #"{"my.app":{"roles":["editor","viewer"]}}"#),
            ("a.b.c", "a", #"{"b":{"c":["editor","viewer",7,null]}}"#),
        ])
    func `roles are found at a path, dots in names or not`(path: String, claim: String, value: String) async throws {
        #expect(try await identity([claim: value]) { $0.mapping.rolesClaim = path }.roles == ["editor", "viewer"])
        #expect(try await identity([claim: value]).roles.isEmpty)
    }

    @Test(
        arguments: [
            (nil, []), (#""editor""#, ["editor"]), (#""editor viewer""#, []), (#"["ü","","a,b","ok"]"#, ["ok"]), ("7", []), ("null", []),
            (#"{"editor":true}"#, []), (#"[["editor"]]"#, []),
        ] as [(String?, [String])])
    func `a role that is none is left out`(claim: String?, roles: [String]) async throws {
        #expect(try await identity(["roles": claim]) { $0.mapping.rolesClaim = "roles" }.roles == Set(roles.map { try Role(validating: $0) }))
    }

    @Test func `only the map makes system roles`() async throws {
        let plain = try await identity(["roles": #"["admin","editor"]"#]) { $0.mapping.rolesClaim = "roles" }
        #expect(plain.roles == ["editor"])
        #expect(plain.explicitRoles.isEmpty)
        let mapped = try await identity(["roles": #"["x-root","x-editor","x-admin"]"#]) {
            $0.mapping.rolesClaim = "roles"
            $0.mapping.rolePrefix = "x-"
            $0.mapping.roleMap = ["root": ["admin", "auditor"], "nobody": []]
        }
        #expect(mapped.roles == ["admin", "auditor", "editor"])
        #expect(mapped.explicitRoles == ["admin", "auditor"])
        #expect(
            try await identity(["roles": #"["editor"]"#]) {
                $0.mapping.rolesClaim = "roles"; $0.mapping.roleMap = ["editor": []]
            }.roles.isEmpty)
    }

    @Test(
        arguments: [
            (nil, "ada@example.com"), ("true", "ada@example.com"), ("false", nil), (#""true""#, nil), ("1", nil), ("null", nil),
        ] as [(String?, String?)])
    func `an address that the issuer has not verified is not taken`(verified: String?, email: String?) async throws {
        #expect(try await identity(["email": #""ada@example.com""#, "email_verified": verified]).email == email)
    }

    @Test func `a name or address that is no text is not there, and other claims can be chosen`() async throws {
        for value in ["7", "null", "[]", #""""#] {
            let identity = try await identity(["name": value, "email": value])
            #expect(identity.name == nil && identity.email == nil)
        }
        let chosen = try await identity(["preferred_username": #""ada""#, "upn": #""a@b.example""#]) {
            $0.mapping.nameClaim = "preferred_username"
            $0.mapping.emailClaim = "upn"
        }
        #expect(chosen.name == "ada" && chosen.email == "a@b.example")
    }

    @Test func `a proof of identity that lies ahead does not count`() async throws {
        #expect(try await identity(["auth_time": "1800000030"]).authenticatedAt == Timestamp(seconds: 1_800_000_030))
        #expect(try await identity(["auth_time": "1800000031"]).authenticatedAt == nil)
    }

    @Test func `the tenant is the issuer's, or the token's`() async throws {
        #expect(try await identity([:]) { $0.tenant = "acme" }.tenant == "acme")
        #expect(try await identity(["org": #"{"id":"acme"}"#]) { $0.mapping.tenantClaim = "org.id" }.tenant == "acme")
        let both: (inout ForeignIssuer) -> Void = {
            $0.tenant = "acme"
            $0.mapping.tenantClaim = "tid"
        }
        #expect(try await identity(["tid": #""acme""#], both).tenant == "acme")
        for value in [nil, #""other""#, #""ACME""#, "7", "null", #""a b""#, #""""#, #"["acme"]"#] as [String?] {
            try await abroad.expectRefusal(payload: Forger.payload(["tid": value]), both)
        }
        for value in [nil, "7", "null", #""a b""#, #""""#, #"["acme"]"#] as [String?] {
            try await abroad.expectRefusal(payload: Forger.payload(["tid": value])) { $0.mapping.tenantClaim = "tid" }
        }
    }

    @Test func `tenants of one issuer are told apart by audience`() async throws {
        let issuers = try ["acme", "beta"].map { name in
            try abroad.issuer {
                $0.audience = ["orders-\(name)"]
                $0.tenant = Tenant.ID(stringLiteral: name)
            }
        }
        let tokens = try abroad.tokens(issuers)
        for name in ["acme", "beta"] {
            let token = forger.hmac(payload: Forger.payload(["aud": "[\"x\",\"orders-\(name)\"]"]))
            #expect(try await tokens.verify(token).tenant?.rawValue == name)
            #expect(try tokens.verifyCached(token)?.tenant?.rawValue == name)
        }
        for audience in [#"["orders-acme","orders-beta"]"#, #""orders""#, "[]", "7"] {
            await abroad.expectRefusal(forger.hmac(payload: Forger.payload(["aud": audience])), tokens)
        }
    }

    @Test func `tenants of one issuer are told apart by claim, each with its own keys`() async throws {
        let other = Forger()
        let issuers = try [("acme", forger), ("beta", other)].map { name, forger in
            let ring = try KeyRing([VerificationKey(pem: forger.privateKey.publicKey.pemRepresentation, kid: "e")])
            return try abroad.issuer {
                $0.keys = .fixed(ring)
                $0.tenant = Tenant.ID(stringLiteral: name)
                $0.mapping.tenantClaim = "tid"
            }
        }
        let tokens = try abroad.tokens(issuers)
        #expect(try await tokens.verify(forger.ecdsa(payload: Forger.payload(["tid": "\"acme\""]))).tenant == "acme")
        #expect(try await tokens.verify(other.ecdsa(payload: Forger.payload(["tid": "\"beta\""]))).tenant == "beta")
        for tenant in ["\"beta\"", "\"gamma\"", "null", nil] as [String?] {
            await abroad.expectRefusal(try forger.ecdsa(payload: Forger.payload(["tid": tenant])), tokens)
        }
    }

    @Test func `a verified token is known again without waiting, until it ends or the keys change`() async throws {
        let key = try SigningKey.generate(.ES256, kid: "a")
        let source = KeySource(.keys([key]))
        var issuer = try abroad.issuer()
        issuer.keys = .remote(url: "https://login.example/keys")
        let cache = VerifiedTokenCache()
        let tokens = try abroad.tokens([issuer], fetch: source.fetch, clock: source.clock, cache: cache)
        let token = try JWS.sign(Array(Forger.payload.utf8), with: key)
        #expect(try tokens.verifyCached(token) == nil)
        let first = try await tokens.verify(token)
        #expect(try tokens.verifyCached(token) === first)
        #expect(try await tokens.verify(token) === first)
        // To another with the same cache it is nothing.
        #expect(try abroad.tokens([issuer], fetch: source.fetch, clock: source.clock, cache: cache).verifyCached(token) == nil)
        source.advance(.seconds(300))
        #expect(try tokens.verifyCached(token) == nil)
        #expect(try await tokens.verify(token) === first)
        source.advance(.seconds(329))
        #expect(try await tokens.verify(token) === first)
        source.advance(.seconds(1))
        expectInvalidToken { _ = try tokens.verifyCached(token) }
        source.advance(.seconds(-400))
        #expect(try await tokens.verify(token) === first)
        source.set(.keys([try SigningKey.generate(.ES256, kid: "a")]))
        source.advance(.seconds(300))
        await abroad.expectRefusal(token, tokens)
        #expect(try abroad.tokens([issuer], fetch: source.fetch, cache: nil).verifyCached(token) == nil)
    }

    @Test func `without a key there is no answer but to come again`() async throws {
        let source = KeySource(.failure)
        var issuer = try abroad.issuer()
        issuer.keys = .remote(url: "https://login.example/keys")
        let tokens = try abroad.tokens([issuer], fetch: source.fetch, clock: source.clock)
        let key = try SigningKey.generate(.ES256, kid: "a")
        let token = try JWS.sign(Array(Forger.payload.utf8), with: key)
        let error = await #expect(throws: GatehouseError.self) { _ = try await tokens.verify(token) }
        #expect(error?.code == .keysUnavailable)
        #expect(error?.retryAfter == .seconds(1))
        #expect(tokens.keySets.map(\.failure?.code) == [.keysUnavailable])
        // What no key can make good does not ask for one.
        await abroad.expectRefusal(Forger.segments(#"{"alg":"none"}"#, Forger.payload) + ".", tokens)
        source.set(.keys([key]))
        source.advance(.seconds(1))
        #expect(try await tokens.verify(token).subject == "ada")
        #expect(tokens.keySets.map(\.keyNames) == [["a"]])
    }

    @Test func `issuers with one URL share a set, which running fetches for all`() async throws {
        let source = KeySource(.keys([try SigningKey.generate(.ES256, kid: "a")]))
        let issuers = ["one", "two", "three"].map { (name: String) in
            ForeignIssuer(issuer: "https://\(name).example", audience: ["orders"], keys: .remote(url: "https://login.example/keys"), id: name)
        }
        let tokens = try abroad.tokens(issuers, fetch: source.fetch)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await tokens.run() }
            await eventually { tokens.keySets.first?.fetchedAt != nil }
            group.cancelAll()
        }
        #expect(tokens.keySets.count == 1)
        #expect(source.count == 1)
    }

    @Test func `without an issuer nothing is accepted`() async throws {
        let tokens = try abroad.tokens([])
        #expect(!tokens.accepts(forger.hmac()))
        await abroad.expectRefusal(forger.hmac(), tokens)
        #expect(try abroad.tokens().accepts(forger.hmac()))
        for text in ["", ".", "..", "a.b.c", "gh_key_x", String(repeating: "A", count: 100_000)] { #expect(try !abroad.tokens().accepts(text)) }
    }

    @Test(arguments: IssuerFault.allCases)
    func `settings that would take the wrong tokens, or none, do not start`(fault: IssuerFault) throws {
        let issuers = try fault.issuers(abroad)
        let error = #expect(throws: GatehouseError.self) {
            try abroad.tokens(issuers, clientIDs: ["gatehouse"], fetch: fault == .noFetch ? nil : KeySource(.failure).fetch)
        }
        #expect(error?.code == .configurationInvalid)
        #expect(error?.message.contains(fault.remedy) == true, "\(error?.message ?? "")")
    }

    @Test func `an audience that is a client_id is taken where the type tells tokens apart`() throws {
        _ = try abroad.tokens(
            [
                abroad.issuer {
                    $0.audience = ["gatehouse"]
                    $0.types = ["at+jwt"]
                    $0.allowsMissingType = false
                }
            ], clientIDs: ["gatehouse"])
    }
}

/// Ways to set issuers up wrong, and a word of the remedy.
enum IssuerFault: CaseIterable {
    case ownIssuer, noIssuer, twice, twiceOneTenant, sharedAudience, claimOnOneOnly, clientID, clientIDAsJWT, noAudience, emptyAudience, shortSecret,
        plainURL
    case secretWithURL, noKeys, noAlgorithm, local, emptyID, prefixID, sameID, noTypes, longLeeway, negativeLeeway, hugeTokens, noFetch

    var remedy: String {
        switch self {
        case .ownIssuer: "take it out"
        case .noIssuer: "“iss”"
        case .twice, .twiceOneTenant: "a tenant of its own"
        case .sharedAudience, .claimOnOneOnly: "an audience of its own"
        case .clientID, .clientIDAsJWT: "at+jwt"
        case .noAudience, .emptyAudience: "“aud”"
        case .shortSecret: "32, 48 or 64 bytes"
        case .plainURL: "use https"
        case .secretWithURL: "take HS256 out"
        case .noKeys: "give a secret"
        case .noAlgorithm: "RS256"
        case .local, .emptyID, .prefixID, .sameID: "choose another id"
        case .noTypes: "at+jwt"
        case .longLeeway, .negativeLeeway: "10 minutes"
        case .hugeTokens: "64 KiB"
        case .noFetch: "nothing to fetch it with"
        }
    }

    func issuers(_ abroad: Abroad) throws -> [ForeignIssuer] {
        func one(_ change: (inout ForeignIssuer) -> Void) throws -> [ForeignIssuer] { [try abroad.issuer(change)] }
        func two(_ first: (inout ForeignIssuer) -> Void, _ second: (inout ForeignIssuer) -> Void) throws -> [ForeignIssuer] {
            try one(first) + one(second)
        }
        let none = try KeyRing([])
        let secret = try KeyRing([VerificationKey(hmac: Secret([UInt8](repeating: 1, count: 32)))])
        switch self {
        case .ownIssuer: return try one { $0.issuer = "https://own.example" }
        case .noIssuer: return try one { $0.issuer = "" }
        case .twice: return try two({ $0.tenant = "a" }, { $0.audience = ["b"] })
        case .twiceOneTenant:
            return try two(
                { $0.tenant = "a" },
                {
                    $0.tenant = "a"; $0.audience = ["b"]
                })
        case .sharedAudience:
            return try two(
                { $0.tenant = "a" },
                {
                    $0.tenant = "b"; $0.audience = ["b", Forger.audience]
                })
        case .claimOnOneOnly:
            return try two(
                {
                    $0.tenant = "a"; $0.mapping.tenantClaim = "tid"
                }, { $0.tenant = "b" })
        case .clientID: return try one { $0.audience = ["gatehouse", "orders"] }
        case .clientIDAsJWT:
            return try one {
                $0.audience = ["gatehouse"]; $0.types = ["application/JWT"]; $0.allowsMissingType = false
            }
        case .noAudience: return try one { $0.audience = [] }
        case .emptyAudience: return try one { $0.audience = ["", "orders"] }
        case .shortSecret:
            return try one {
                $0.keys = .fixed(secret); $0.algorithms = [.HS512]
            }
        case .plainURL: return try one { $0.keys = .remote(url: "http://login.example/keys") }
        case .secretWithURL:
            return try one {
                $0.keys = .remote(url: "https://login.example/keys"); $0.algorithms = [.HS256, .RS256]
            }
        case .noKeys: return try one { $0.keys = .fixed(none) }
        case .noAlgorithm: return try one { $0.algorithms = [] }
        case .local: return try one { $0.id = "local" }
        case .emptyID: return try one { $0.id = "" }
        case .prefixID:
            return try two(
                { $0.id = "https://x" },
                {
                    $0.issuer = "https://b.example"; $0.id = "https://x:8443"
                })
        case .sameID:
            return try two(
                { $0.id = "x" },
                {
                    $0.issuer = "https://b.example"; $0.id = "x"
                })
        case .noTypes: return try one { $0.types = [] }
        case .longLeeway: return try one { $0.leeway = .seconds(601) }
        case .negativeLeeway: return try one { $0.leeway = .seconds(-1) }
        case .hugeTokens: return try one { $0.maximumBytes = 100_000 }
        case .noFetch: return try one { $0.keys = .remote(url: "https://login.example/keys") }
        }
    }
}

import Crypto
import GatehouseCore
import GatehouseTokens
import Testing

@Suite struct ForeignTokensTests {
    private let abroad = Abroad()
    private var forger: Forger { abroad.forger }

    private func identity(_ claims: [String: String?], _ change: (inout ForeignIssuer) -> Void = { _ in }) async throws -> ForeignIdentity {
        try await abroad.tokens(change).verify(forger.hmac(payload: Forger.payload(claims)))
    }

    @Test func `a good token says whom it speaks for`() async throws {
        let identity = try await identity([
            "name": #""Ada Lovelace""#, "email": #""ada@example.com""#, "email_verified": "true", "auth_time": "1799999000",
            "scope": #""orders.read orders.write""#,
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
            (nil, false, false), (nil, true, true), ("true", false, true), ("true", true, true), ("false", true, false), (#""true""#, true, false),
            ("1", true, false), ("null", true, false),
        ] as [(String?, Bool, Bool)])
    func `an address is taken where the issuer says that it is verified, or is trusted with all`(
        verified: String?, trustsEmail: Bool, isTaken: Bool
    ) async throws {
        let identity = try await identity(["email": #""ada@example.com""#, "email_verified": verified]) { $0.mapping.trustsEmail = trustsEmail }
        #expect(identity.email == (isTaken ? "ada@example.com" : nil))
    }

    @Test func `a role is mapped by its bytes, not by what Unicode takes for the same`() async throws {
        let roles = try await identity(["roles": #"["ren\u00e9","rene\u0301"]"#]) {
            $0.mapping.rolesClaim = "roles"
            $0.mapping.roleMap = ["ren\u{e9}": ["editor"]]
        }.roles
        #expect(roles == ["editor"])
        let other = try await identity(["roles": #"["rene\u0301"]"#]) {
            $0.mapping.rolesClaim = "roles"
            $0.mapping.roleMap = ["ren\u{e9}": ["admin"]]
        }
        #expect(other.roles.isEmpty && other.explicitRoles.isEmpty)
    }

    @Test func `a subject that cannot stand in a header or a log is refused`() async throws {
        let long = String(repeating: "a", count: 253) + "\u{e9}"
        #expect(try await identity(["sub": #""\#(long)""#]).subject == long)
        for subject in [long + "a", #"ada\u0000"#, #"a\r\nX-Forwarded-Groups: admins"#, #"\u007f"#, #"a\u0085b"#, #"\u001b[31m"#] {
            try await abroad.expectRefusal(payload: Forger.payload(["sub": #""\#(subject)""#]))
        }
    }

    @Test func `a name or address that is no text is not there, and other claims can be chosen`() async throws {
        for value in ["7", "null", "[]", #""""#] {
            let identity = try await identity(["name": value, "email": value])
            #expect(identity.name == nil && identity.email == nil)
        }
        let chosen = try await identity(["preferred_username": #""ada""#, "upn": #""a@b.example""#]) {
            $0.mapping.nameClaim = "preferred_username"
            $0.mapping.emailClaim = "upn"
            $0.mapping.trustsEmail = true
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
        #expect(throws: Never.self) {
            try abroad.tokens(
                [
                    abroad.issuer {
                        $0.audience = ["gatehouse"]
                        $0.types = ["at+jwt"]
                        $0.allowsMissingType = false
                    }
                ], clientIDs: ["gatehouse"])
        }
    }
}

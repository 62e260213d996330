import GatehouseCore
import Testing

@Suite struct PolicyGuardTests {
    private func allows(_ policy: Policy, _ principal: Principal?, parameters: [String: String] = [:]) throws -> Bool {
        policy.outcome(principal, try request(parameters: parameters)) == .allowed
    }

    @Test func `public admits everybody, signed in or not`() throws {
        #expect(try allows(.public, nil))
        #expect(try allows(.public, person()))
    }

    @Test func `signedIn admits any principal and nobody without one`() throws {
        #expect(try allows(.signedIn, person()))
        #expect(try !allows(.signedIn, nil))
    }

    @Test func `a permission admits its holder alone`() throws {
        #expect(try allows(.permission("orders.read"), person(permissions: ["orders.read"])))
        #expect(try allows(.permission("orders.read"), person(permissions: [.everything])))
        #expect(try !allows(.permission("orders.read"), person(permissions: ["orders", "orders.read2", "orders.write"])))
        #expect(try !allows(.permission("orders.read"), person(roles: ["orders.read"])))
    }

    @Test func `scopes are wanted all together`() throws {
        let policy = Policy.scopes("a", "b")
        #expect(try allows(policy, person(scopes: ["a", "b", "c"])))
        #expect(try !allows(policy, person(scopes: ["a"])))
        #expect(try !allows(policy, person(scopes: [])))
        #expect(try allows(.scope("a"), person(scopes: ["a"])))
    }

    @Test func `anyRole wants one of the roles, allRoles every one`() throws {
        #expect(try allows(.anyRole("a", "b"), person(roles: ["b"])))
        #expect(try !allows(.anyRole("a", "b"), person(roles: ["c"])))
        #expect(try allows(.allRoles("a", "b"), person(roles: ["a", "b", "c"])))
        #expect(try !allows(.allRoles("a", "b"), person(roles: ["a"])))
        #expect(try !allows(.anyRole("a"), person(roles: [.admin], permissions: [.everything])))
    }

    @Test func `a tenant policy wants the route's parameter to be the principal's tenant`() throws {
        let ada = person(tenant: "acme")
        #expect(try allows(.tenant("t"), ada, parameters: ["t": "acme"]))
        #expect(try !allows(.tenant("t"), ada, parameters: ["t": "ACME"]))
        #expect(try !allows(.tenant("t"), ada, parameters: ["t": "acme2"]))
        #expect(try !allows(.tenant("t"), ada, parameters: ["t": ""]))
        #expect(try !allows(.tenant("t"), ada, parameters: ["other": "acme"]))
        #expect(try !allows(.tenant("t"), ada))
    }

    @Test func `a tenant is compared byte for byte, not by canonical equivalence`() throws {
        #expect("K" == "\u{212A}", "in Swift the Kelvin sign equals the letter")
        #expect(try !allows(.tenant("t"), person(tenant: "K"), parameters: ["t": "\u{212A}"]))
    }

    @Test func `recent wants a sign-in within the time, to the microsecond`() throws {
        let policy = Policy.recent(within: .seconds(60))
        let limit = now - .seconds(60)
        #expect(try allows(policy, person(authenticatedAt: now)))
        #expect(try allows(policy, person(authenticatedAt: limit)))
        #expect(try !allows(policy, person(authenticatedAt: Timestamp(microseconds: limit.microseconds - 1))))
        #expect(try !allows(policy, person(authenticatedAt: nil)))
    }

    @Test func `recent believes no sign-in from the future beyond the leeway`() throws {
        let policy = Policy.recent(within: .seconds(60))
        #expect(try allows(policy, person(authenticatedAt: now + .seconds(30))))
        #expect(try !allows(policy, person(authenticatedAt: now + .seconds(31))))
        #expect(try !allows(policy, person(authenticatedAt: Timestamp(microseconds: .max))))
        #expect(try !allows(policy, person(authenticatedAt: Timestamp(microseconds: .min))))
    }

    @Test func `any, all and not combine others`() throws {
        let (a, b) = (Policy.anyRole("a"), Policy.anyRole("b"))
        #expect(try allows(.any(a, b), person(roles: ["b"])))
        #expect(try !allows(.any(a, b), person(roles: ["c"])))
        #expect(try allows(.all(a, b), person(roles: ["a", "b"])))
        #expect(try !allows(.all(a, b), person(roles: ["a"])))
        #expect(try allows(.not(a), person(roles: ["b"])))
        #expect(try !allows(.not(a), person(roles: ["a"])))
        #expect(try allows(.all(a, .not(.any(b, .all(.not(a), .signedIn)))), person(roles: ["a"])))
    }

    @Test func `not asks for somebody who is signed in`() throws {
        #expect(try !allows(.not(.anyRole("banned")), nil))
        #expect(try !allows(.not(.not(.signedIn)), nil))
        #expect(try !allows(.not(.signedIn), nil))
        #expect(try !allows(.not(.signedIn), person()))
    }

    /// A key of somebody who has the role `suspended` and may read and write orders; the key brings neither the role nor the writing.
    private let key = person(
        permissions: ["orders.read"], scopes: ["orders.read"], ownerRoles: ["suspended"], ownerPermissions: ["orders.read", "orders.write"])

    @Test(
        arguments: [
            .anyRole("suspended"), .allRoles("suspended"), .permission("orders.write"), .scope("orders.write"),
            .any(.anyRole("other"), .permission("orders.write")), .all(.anyRole("suspended"), .permission("orders.write")),
            .methods(["GET": .anyRole("suspended")]), .not(.not(.anyRole("suspended"))),
        ] as [Policy])
    func `a narrowed credential passes no not that its owner fails, nor what its owner alone fulfils`(_ policy: Policy) throws {
        #expect(try !allows(.not(policy), key))
        #expect(try !allows(policy, key))
        let owner = person(roles: ["suspended"], permissions: ["orders.read", "orders.write"])
        #expect(try allows(policy, owner) && !allows(.not(policy), owner))
        let trace = Policy.not(policy).evaluate(key, try request(), now: now).trace
        #expect(trace.map(\.holds).prefix(2) == [false, true], "the rule inside is that of the owner")
    }

    @Test func `a not that the owner passes is passed by the narrowed credential`() throws {
        #expect(try allows(.not(.anyRole("banned")), key))
        #expect(try allows(.all(.permission("orders.read"), .not(.permission("orders.delete"))), key))
        #expect(try allows(.not(.not(.permission("orders.read"))), key))
    }

    @Test func `a scope that the credential brings itself counts under not as well`() throws {
        #expect(try !allows(.not(.scope("a")), person(scopes: ["a"])))
    }

    @Test func `a policy names the route parameters that it judges`() {
        #expect(Policy.all(.signedIn, .any(.tenant("a"), .not(.tenant("b"))), .anyRole("c")).parameters == ["a", "b"])
        #expect(Policy.signedIn.parameters.isEmpty)
    }
}

@Suite struct OwnSessionTests {
    private func person(
        _ credential: Principal.Credential, session: String? = "s", provider: String = "local", scopes: Set<Scope>? = nil, isDelegated: Bool = false
    ) -> Principal {
        Principal(
            id: "1", authProvider: provider, username: "ada", scopes: scopes, sessionID: session, credential: credential, isDelegated: isDelegated)
    }

    private func allows(_ principal: Principal) throws -> Bool {
        Policy.ownSession.outcome(principal, try request()) == .allowed
    }

    @Test func `a session admits by its cookie and by its access token`() throws {
        #expect(try allows(person(.session)))
        #expect(try allows(person(.accessToken)))
    }

    @Test func `nothing else does, nor what was handed on`() throws {
        for credential in Principal.Credential.allCases where credential != .session && credential != .accessToken {
            #expect(try !allows(person(credential)), "\(credential)")
        }
        #expect(try !allows(person(.accessToken, isDelegated: true)))
        #expect(try !allows(person(.accessToken, session: nil)))
        #expect(try !allows(person(.accessToken, scopes: ["a"])))
        #expect(try !allows(person(.session, provider: "corp")))
    }

    @Test func `a sign-in that a key or a proxy never proves is taken from neither`() {
        let recent = Policy.recent(within: .seconds(60))
        #expect(Principal.Credential.allCases.filter { !recent.takes($0) } == [.apiKey, .trustedProxy])
        #expect(!Policy.all(.signedIn, recent).takes(.apiKey) && Policy.any(recent, .signedIn).takes(.apiKey))
        #expect(Policy.not(recent).takes(.apiKey))
    }

    @Test func `a policy says which credentials it can take`() {
        #expect(Policy.signedIn.takes(.apiKey) && !Policy.ownSession.takes(.apiKey))
        #expect(!Policy.all(.signedIn, .ownSession).takes(.basic) && Policy.any(.ownSession, .anyRole("r")).takes(.basic))
        #expect(!Policy.methods(["GET": .ownSession]).takes(.apiKey) && Policy.ownSession.takes(.session))
    }
}

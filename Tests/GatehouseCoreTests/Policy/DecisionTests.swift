import GatehouseCore
import Testing

@Suite struct DecisionTests {
    private func decide(_ policy: Policy, _ principal: Principal?) throws -> Decision {
        policy.evaluate(principal, try request(), now: now)
    }

    @Test func `each outcome has its error code, an allowed request none`() throws {
        let cases: [(Policy, Principal?, GatehouseError.Code?)] = [
            (.public, nil, nil), (.signedIn, person(), nil), (.signedIn, nil, .signInRequired), (.anyRole("a"), nil, .signInRequired),
            (.anyRole("a"), person(), .forbidden), (.permission("a"), person(), .forbidden), (.not(.signedIn), person(), .forbidden),
            (.permission("a"), person(scopes: []), .insufficientScope), (.scope("a"), person(scopes: ["b"]), .insufficientScope),
            (.recent(within: .seconds(1)), person(), .reauthenticationRequired), (.tenant("t"), person(), .forbidden),
        ]
        for (policy, principal, code) in cases {
            #expect(try decide(policy, principal).error?.code == code, "\(policy)")
        }
    }

    @Test func `a missing scope is named for the client and for the operator`() throws {
        let error = try #require(try decide(.scopes("a", "b"), person(scopes: ["b"])).error)
        #expect(error.requiredScopes == ["a", "b"])
        #expect(error.message == "Missing: scope a b.")
    }

    @Test func `a scope is not asked for where it would not help`() throws {
        #expect(try decide(.permission("a"), person(permissions: [], scopes: ["a"])).outcome == .forbidden)
        #expect(try decide(.all(.scope("a"), .anyRole("r")), person(scopes: [])).outcome == .forbidden)
        #expect(try decide(.all(.recent(within: .seconds(1)), .anyRole("r")), person()).outcome == .forbidden)
        #expect(try decide(.all(.recent(within: .seconds(1)), .anyRole("r")), person(roles: ["r"])).outcome == .reauthenticationRequired)
        #expect(try decide(.all(.anyRole("r"), .scope("a")), person(roles: ["r"], scopes: [])).outcome == .insufficientScope(["a"]))
        #expect(try decide(.any(.scope("a"), .anyRole("r")), person(scopes: [])).outcome == .forbidden)
    }

    @Test func `the trace shows every rule, in order and depth, with what came of it`() throws {
        let decision = try decide(.all(.signedIn, .any(.anyRole("a"), .permission("p"))), person())
        #expect(
            decision.trace.map { "\($0.depth) \($0.rule) \($0.holds)" } == [
                "0 all of false", "1 signed in true", "1 any of false", "2 any role of a false", "2 permission p false",
            ])
        #expect(decision.error?.message == "Missing: any role of a; permission p.")
    }

    @Test func `an alternative that was not needed is not called missing`() throws {
        let decision = try decide(.all(.any(.anyRole("a"), .anyRole("b")), .anyRole("c")), person(roles: ["a"]))
        #expect(decision.error?.message == "Missing: any role of c.")
    }

    @Test func `what a not forbids is never called missing`() throws {
        #expect(try decide(.not(.anyRole("a")), person(roles: ["a"])).error?.message == "Missing: not any role of a.")
        let decision = try decide(.all(.not(.anyRole("a")), .anyRole("c")), person())
        #expect(decision.error?.message == "Missing: any role of c.")
    }

    @Test func `policies describe themselves in one line`() {
        let policy = Policy.all(
            .signedIn, .any(.permission("p"), .scopes("s", "t")), .not(.anyRole("a", "b")), .allRoles("c"), .tenant("t"),
            .recent(within: .seconds(60)))
        #expect(
            "\(policy)"
                == "signed in and any of (permission p; scope s t) and not any role of a, b and all roles of c and tenant in {t} and signed in within 60.0 seconds"
        )
        #expect("\(Policy.public)" == "public")
    }

    @Test func `a not around several rules keeps them together in its description`() {
        #expect("\(Policy.not(.all(.anyRole("a"), .anyRole("b"))))" == "not (any role of a and any role of b)")
        #expect("\(Policy.any(.all(.anyRole("a"), .anyRole("b")), .signedIn))" == "any of (any role of a and any role of b; signed in)")
    }

    @Test func `an authorised request carries the request and the principal it was decided on`() throws {
        switch Policy.anyRole("a").authorize(person(roles: ["a"]), try request("/x?y"), now: now) {
        case .allow(let authorized):
            #expect(authorized.request.target == "/x?y")
            #expect(authorized.principal?.username == "ada")
        case .deny(let decision): Issue.record("denied: \(decision)")
        }
        switch Policy.public.authorize(nil, try request(), now: now) {
        case .allow(let authorized): #expect(authorized.principal == nil)
        case .deny(let decision): Issue.record("denied: \(decision)")
        }
    }
}

import GatehouseCore
import Testing

/// Policies that nobody can have meant: they say why, and admit nobody.
@Suite struct PolicyProblemTests {
    static let unsound: [Policy] = [
        .scopes([]), .anyRole([]), .allRoles([]), .any([]), .all([]), .tenant(""), .recent(within: .zero), .recent(within: .seconds(-1)),
        .any(.public), .all(.public), .any(.public, .signedIn), .all(.signedIn, .public), .not(.public), .not(.not(.public)),
        .not(.any([])), .not(.scopes([])), .not(.all(.public)), .any(.signedIn, .anyRole([])),
        .all(.signedIn, .any(.signedIn, .scopes([]))),
        .not(.tenant("")), .not(.recent(within: .zero)), .any(.signedIn, .not(.any(.signedIn, .public))),
    ]

    @Test(arguments: unsound) func `an unsound policy has a problem and admits nobody`(_ policy: Policy) throws {
        let everybody: [Principal?] = [
            nil, person(), person(roles: [.admin], permissions: [.everything], authenticatedAt: now), person(scopes: ["a"]),
        ]
        #expect(policy.problem != nil)
        #expect(!policy.isPublic)
        for principal in everybody {
            #expect(policy.outcome(principal, try request(parameters: ["": "default"])) != .allowed)
            #expect(!policy.evaluate(principal, try request(parameters: ["": "default"]), now: now).isAllowed)
        }
    }

    @Test(arguments: [
        Policy.public, .signedIn, .permission("a"), .scope("a"), .scopes("a", "b"), .anyRole("a"), .allRoles("a"), .tenant("t"),
        .recent(within: .microseconds(1)), .any(.signedIn), .all(.signedIn), .not(.signedIn), .not(.not(.anyRole("a"))),
    ]) func `a sound policy has no problem`(_ policy: Policy) {
        #expect(policy.problem == nil)
    }

    @Test func `a refusal by an unsound policy names the problem`() throws {
        let decision = Policy.any(.signedIn, .scopes([])).evaluate(person(), try request(), now: now)
        #expect(decision.outcome == .forbidden)
        #expect(try #require(decision.error).message.contains("A list of scopes is empty"))
    }
}

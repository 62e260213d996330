import GatehouseCore
import Testing

@Suite struct PolicyMethodsTests {
    private let policy = Policy.methods(["GET": .allRoles("viewer"), "POST": .anyRole("editor", "admin"), "*": .signedIn])

    private func outcome(_ policy: Policy, _ method: String, _ roles: Set<Role>) throws -> Decision.Outcome {
        policy.outcome(person(roles: roles), try request(method: method))
    }

    @Test func `the method's own policy judges, and that of the star all others`() throws {
        #expect(try outcome(policy, "GET", ["viewer"]) == .allowed)
        #expect(try outcome(policy, "GET", ["editor"]) == .forbidden)
        #expect(try outcome(policy, "POST", ["editor"]) == .allowed)
        #expect(try outcome(policy, "POST", ["viewer"]) == .forbidden)
        #expect(try outcome(policy, "DELETE", []) == .allowed)
    }

    @Test func `HEAD is judged as GET`() throws {
        #expect(try outcome(policy, "HEAD", ["viewer"]) == .allowed)
        #expect(try outcome(policy, "HEAD", []) == .forbidden)
    }

    @Test func `a method without a policy is refused, whoever asks`() throws {
        let policy = Policy.methods(["GET": .signedIn])
        #expect(try outcome(policy, "DELETE", ["admin"]) == .forbidden)
        #expect(try outcome(policy, "get", ["admin"]) == .forbidden)
        let decision = policy.evaluate(person(), try request(method: "DELETE"), now: now)
        #expect(decision.error?.message == "Missing: by method (GET: signed in).")
    }

    @Test func `nobody is admitted without a sign-in`() throws {
        #expect(policy.outcome(nil, try request(method: "DELETE")) == .signInRequired)
    }

    @Test func `the refusal and the trace are those of the method's policy`() throws {
        let policy = Policy.methods(["GET": .scope("a"), "*": .recent(within: .seconds(1))])
        #expect(policy.outcome(person(scopes: []), try request(method: "GET")) == .insufficientScope(["a"]))
        #expect(policy.outcome(person(), try request(method: "PUT")) == .reauthenticationRequired)
        let trace = policy.evaluate(person(scopes: []), try request(method: "GET"), now: now).trace
        #expect(trace.map { "\($0.depth) \($0.rule) \($0.holds) \($0.missing)" } == ["0 by method false ", "1 scope a false scope a"])
    }

    @Test func `a map that cannot be meant is a problem and admits nobody`() throws {
        let maps: [[String: Policy]] = [
            [:], ["get": .signedIn], ["HEAD": .signedIn], ["": .signedIn], ["GET": .public], ["GET": .anyRole([])], ["G T": .signedIn],
        ]
        for map in maps {
            #expect(Policy.methods(map).problem != nil, "\(map)")
            #expect(try outcome(.methods(map), "GET", ["admin"]) == .forbidden, "\(map)")
        }
    }

    @Test func `parameters of every method are judged for being settled`() {
        #expect(Policy.methods(["GET": .tenant("a"), "*": .tenant("b")]).parameters == ["a", "b"])
    }
}

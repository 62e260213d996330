import GatehouseCore
import Testing

/// What holds for every policy, tried on many that nobody would write.
@Suite struct PolicyPropertyTests {
    private static let names = ["a", "b", "c"]

    private static func leaf(_ g: inout Seeded) -> Policy {
        func some<T: OpenName>(_: T.Type) -> [T] { names.filter { _ in Bool.random(using: &g) }.compactMap { try? T(validating: $0) } }
        switch Int.random(in: 0..<9, using: &g) {
        case 0: return .public
        case 1: return .signedIn
        case 2: return .permission(["a", "b", "c"].pick(&g))
        case 3: return .scopes(some(Scope.self))
        case 4: return .anyRole(some(Role.self))
        case 5: return .allRoles(some(Role.self))
        case 6: return .tenant(["t", "u", ""].pick(&g))
        case 7: return .recent(within: [.zero, .seconds(60), .seconds(-1), .seconds(Int64.max)].pick(&g))
        default: return .signedIn
        }
    }

    private static func policy(depth: Int, _ g: inout Seeded) -> Policy {
        guard depth > 0 else { return leaf(&g) }
        let count = Int.random(in: 0..<4, using: &g)
        switch Int.random(in: 0..<6, using: &g) {
        case 0: return .any((0..<count).map { _ in policy(depth: depth - 1, &g) })
        case 1: return .all((0..<count).map { _ in policy(depth: depth - 1, &g) })
        case 2, 3: return .not(policy(depth: depth - 1, &g))
        case 4: return .methods(["GET": policy(depth: depth - 1, &g), "*": policy(depth: depth - 1, &g)])
        default: return leaf(&g)
        }
    }

    private static func some<T: OpenName>(_ g: inout Seeded) -> Set<T> {
        Set((names + ["*"]).filter { _ in Int.random(in: 0..<3, using: &g) == 0 }.compactMap { try? T(validating: $0) })
    }

    private static func principal(_ g: inout Seeded) -> Principal {
        person(
            roles: some(&g), permissions: some(&g), scopes: Bool.random(using: &g) ? some(&g) : nil,
            tenant: ["default", "t1"].pick(&g), authenticatedAt: [nil, now, now - .seconds(61), Timestamp(microseconds: .min)].pick(&g))
    }

    private func forEach(_ count: Int, _ body: (Policy, Principal, CanonicalRequest) throws -> Void) throws {
        var g = Seeded(20_261_120)
        let requests = [
            try request(), try request(parameters: ["t": "t1"]), try request(parameters: ["t": "default", "u": "t1", "": "t1"]),
        ]
        for _ in 0..<count {
            try body(Self.policy(depth: 3, &g), Self.principal(&g), requests.pick(&g))
        }
    }

    @Test func `authorize allows exactly what evaluate allows`() throws {
        var allowed = 0
        try forEach(3_000) { policy, principal, request in
            for someone in [principal, nil] {
                let decision = policy.evaluate(someone, request, now: now)
                #expect((policy.outcome(someone, request) == .allowed) == decision.isAllowed, "\(policy)")
                #expect(policy.outcome(someone, request) == decision.outcome)
                #expect((decision.error == nil) == decision.isAllowed)
                if decision.isAllowed { allowed += 1 }
            }
        }
        #expect((600...4_500).contains(allowed), "the sample holds both answers: \(allowed)")
    }

    @Test func `nobody is admitted by a policy other than public`() throws {
        try forEach(3_000) { policy, _, request in
            #expect((policy.outcome(nil, request) == .allowed) == (policy == .public))
            #expect(policy.isPublic == (policy == .public))
        }
    }

    @Test func `not never opens what a sound policy keeps shut to nobody and never admits both`() throws {
        try forEach(3_000) { policy, principal, request in
            #expect(Policy.not(policy).outcome(nil, request) == .signInRequired)
            let (yes, no) = (policy.outcome(principal, request) == .allowed, Policy.not(policy).outcome(principal, request) == .allowed)
            #expect(!(yes && no), "\(policy)")
            if policy.problem == nil, !policy.isPublic {
                // What a narrowed credential lacks its owner may have: then neither admits it.
                if principal.scopes == nil { #expect(yes != no, "\(policy)") }
            } else {
                #expect(!no)
            }
        }
    }

    @Test func `adding a policy with all only narrows`() throws {
        try forEach(3_000) { policy, principal, request in
            guard policy.outcome(principal, request) != .allowed else { return }
            #expect(Policy.all(.signedIn, policy).outcome(principal, request) != .allowed)
        }
    }

    @Test func `a narrowed credential is allowed nothing that its owner's session is not`() throws {
        var g = Seeded(3)
        var (allowed, refused) = (0, 0)
        for _ in 0..<8_000 {
            let policy = Self.policy(depth: 4, &g)
            // A key is no session and no sign-in: these two ask about the credential itself.
            guard !"\(policy)".contains("signed in within") else { continue }
            let owner = person(roles: Self.some(&g), permissions: Self.some(&g))
            let scopes: Set<Scope> = Self.some(&g).filter(owner.satisfies)
            let key = person(
                roles: owner.roles.intersection(Self.some(&g)), permissions: Set(try scopes.map { try Permission(validating: $0.rawValue) }),
                scopes: scopes, ownerRoles: owner.roles, ownerPermissions: owner.permissions)
            let request = try request(method: ["GET", "HEAD", "POST"].pick(&g), parameters: ["t": "default"])
            let keyIsAllowed = policy.outcome(key, request) == .allowed
            if keyIsAllowed {
                #expect(policy.outcome(owner, request) == .allowed, "\(policy): \(key.roles) \(scopes) of \(owner.roles) \(owner.permissions)")
            }
            #expect(policy.evaluate(key, request, now: now).isAllowed == keyIsAllowed)
            if keyIsAllowed { allowed += 1 } else { refused += 1 }
        }
        #expect(allowed > 800 && refused > 800, "the sample holds both answers: \(allowed), \(refused)")
    }

    @Test func `what is missing is named only where something is missing`() throws {
        try forEach(3_000) { policy, principal, request in
            let decision = policy.evaluate(principal, request, now: now)
            #expect(decision.trace.first?.depth == 0)
            #expect(decision.trace.contains { !$0.missing.isEmpty } == !decision.isAllowed, "\(policy): \(decision.trace)")
        }
    }
}

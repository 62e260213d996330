extension Policy {
    /// Judges `principal` and says why; the trace costs allocations, so hot paths use `authorize`.
    public func evaluate(_ principal: Principal?, _ request: CanonicalRequest, now: Timestamp) -> Decision {
        if isPublic { return Decision(outcome: .allowed, trace: [.init(rule: description, holds: true, missing: "", depth: 0)]) }
        guard let principal else {
            return Decision(outcome: .signInRequired, trace: [.init(rule: "signed in", holds: false, missing: "a credential", depth: 0)])
        }
        if let problem {
            return Decision(
                outcome: .forbidden,
                trace: [.init(rule: description, holds: false, missing: "a policy that can be used (\(problem))", depth: 0)])
        }
        var trace: [Decision.Step] = []
        let holds = step(principal, request, now, depth: 0, isNeeded: true, asOwner: false, &trace)
        return Decision(outcome: holds ? .allowed : refusal(principal, request, now), trace: trace)
    }

    /// Whether the policy admits `principal`; nothing is allocated.
    ///
    /// - Parameter asOwner: judge with all that the credential's owner holds. Each `.not` turns it round: of a credential that brings less
    ///   than its owner has, what is to be there is asked of the credential, and what must not be there of the owner.
    func admits(_ principal: Principal, _ request: CanonicalRequest, now: Timestamp, asOwner: Bool = false) -> Bool {
        switch rule {
        case .public: true
        case .signedIn: true
        case .permission(let permission): asOwner ? principal.ownerHolds(permission) : principal.holds(permission)
        case .scopes(let scopes): !scopes.isEmpty && scopes.allSatisfy { asOwner ? principal.ownerSatisfies($0) : principal.satisfies($0) }
        case .anyRole(let roles): roles.contains(where: principal.roles(asOwner: asOwner).contains)
        case .allRoles(let roles): !roles.isEmpty && roles.allSatisfy(principal.roles(asOwner: asOwner).contains)
        // Byte for byte: equal strings may differ in bytes, and an upstream compares bytes.
        case .tenant(let parameter): request.parameters[parameter]?.utf8.elementsEqual(principal.tenant.rawValue.utf8) == true
        case .recent(let time): Self.isRecent(principal, time, now)
        case .ownSession: Self.isOwnSession(principal)
        case .any(let policies): policies.contains { $0.admits(principal, request, now: now, asOwner: asOwner) }
        case .all(let policies): !policies.isEmpty && policies.allSatisfy { $0.admits(principal, request, now: now, asOwner: asOwner) }
        case .methods(let policies):
            Self.policy(for: request.method, in: policies)?.admits(principal, request, now: now, asOwner: asOwner) ?? false
        case .not(let policy): policy.problem == nil && !policy.admits(principal, request, now: now, asOwner: !asOwner)
        }
    }

    private static func isOwnSession(_ principal: Principal) -> Bool {
        guard principal.credential == .session || principal.credential == .accessToken else { return false }
        return principal.isLocal && principal.sessionID != nil && principal.scopes == nil && !principal.isDelegated
    }

    private static func isRecent(_ principal: Principal, _ time: Duration, _ now: Timestamp) -> Bool {
        guard let proved = principal.authenticatedAt else { return false }
        return proved <= now + .seconds(30) && now - proved <= time
    }

    /// - Parameters:
    ///   - isNeeded: the policy as a whole fails because this one does not hold.
    ///   - asOwner: as for `admits`.
    private func step(
        _ principal: Principal, _ request: CanonicalRequest, _ now: Timestamp, depth: Int, isNeeded: Bool, asOwner: Bool,
        _ trace: inout [Decision.Step]
    ) -> Bool {
        let holds = admits(principal, request, now: now, asOwner: asOwner)
        let isMissing = isNeeded && !holds
        let inner = inner(request)
        // A method that no rule answers for is itself what is missing.
        let isExplained = isList && !inner.isEmpty
        trace.append(
            .init(
                rule: inner.isEmpty ? description : heading, holds: holds, missing: isMissing && !isExplained ? description : "",
                depth: depth))
        let innerAsOwner = isNegation ? !asOwner : asOwner
        for policy in inner {
            _ = policy.step(principal, request, now, depth: depth + 1, isNeeded: isMissing && isExplained, asOwner: innerAsOwner, &trace)
        }
        return holds
    }

    /// What is missing shows in the rules inside; of a `.not` only the whole can be missing.
    private var isList: Bool {
        switch rule {
        case .any, .all, .methods: true
        default: false
        }
    }

    private var isNegation: Bool { if case .not = rule { true } else { false } }

    private func inner(_ request: CanonicalRequest) -> [Policy] {
        switch rule {
        case .any(let policies), .all(let policies): policies
        case .methods(let policies): Self.policy(for: request.method, in: policies).map { [$0] } ?? []
        case .not(let policy): [policy]
        default: []
        }
    }

    private var heading: String {
        switch rule {
        case .any: "any of"
        case .all: "all of"
        case .methods: "by method"
        default: "not"
        }
    }

    /// What to tell the client: the missing scopes or the stale sign-in if that alone would help, else a plain no.
    private func refusal(_ principal: Principal, _ request: CanonicalRequest, _ now: Timestamp) -> Decision.Outcome {
        switch rule {
        case .scopes(let scopes): .insufficientScope(scopes)
        case .permission(let permission): Self.refusal(principal, lacking: permission)
        case .recent: .reauthenticationRequired
        case .all(let policies):
            Self.first(policies.filter { !$0.admits(principal, request, now: now) }.map { $0.refusal(principal, request, now) })
        case .methods(let policies): Self.policy(for: request.method, in: policies)?.refusal(principal, request, now) ?? .forbidden
        default: .forbidden
        }
    }

    private static func first(_ refusals: [Decision.Outcome]) -> Decision.Outcome {
        refusals.contains(.forbidden) ? .forbidden : refusals.first ?? .forbidden
    }

    private static func refusal(_ principal: Principal, lacking permission: Permission) -> Decision.Outcome {
        guard let scopes = principal.scopes, let scope = try? Scope(validating: permission.rawValue), !scopes.contains(scope) else {
            return .forbidden
        }
        return .insufficientScope([scope])
    }
}

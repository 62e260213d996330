/// A request that a policy has admitted: the only thing that a proxy forwards.
///
/// Only `Policy.authorize` makes one. It cannot be copied or stored, so a decision is used once and for the request it was made on.
public struct AuthorizedRequest: ~Copyable, Sendable {
    public let request: CanonicalRequest
    /// `nil` only where the policy is `.public` and nobody is signed in.
    public let principal: Principal?

    fileprivate init(request: CanonicalRequest, principal: Principal?) {
        self.request = request
        self.principal = principal
    }
}

/// The outcome of `Policy.authorize`.
public enum Authorization: ~Copyable, Sendable {
    case allow(AuthorizedRequest)
    case deny(Decision)
}

extension Policy {
    /// Judges `principal` and, if the policy admits it, hands out what forwarding takes; allocates only to explain a refusal.
    public func authorize(_ principal: Principal?, _ request: CanonicalRequest, now: Timestamp) -> Authorization {
        if isPublic { return .allow(AuthorizedRequest(request: request, principal: principal)) }
        if let principal, problem == nil, admits(principal, request, now: now) {
            return .allow(AuthorizedRequest(request: request, principal: principal))
        }
        let decision = evaluate(principal, request, now: now)
        return .deny(decision.isAllowed ? Decision(outcome: .forbidden, trace: decision.trace) : decision)
    }
}

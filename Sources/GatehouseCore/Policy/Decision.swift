/// What a policy made of a principal and a request, and step by step why.
public struct Decision: Sendable {
    public enum Outcome: Sendable, Hashable {
        case allowed
        /// Nobody is signed in: 401.
        case signInRequired
        /// Signed in, without the right: 403.
        case forbidden
        /// The credential lacks these scopes: 403 `insufficient_scope`.
        case insufficientScope([Scope])
        /// Signed in too long ago: 403 `reauthentication_required`.
        case reauthenticationRequired
    }

    /// One rule and what came of it.
    public struct Step: Sendable, Hashable {
        public let rule: String
        public let holds: Bool
        /// What would have been needed; empty where the rule holds.
        public let missing: String
        /// How deep the rule lies inside others.
        public let depth: Int
    }

    public let outcome: Outcome
    public let trace: [Step]

    public var isAllowed: Bool { outcome == .allowed }

    /// The refusal as an error; `nil` where the request is allowed.
    public var error: GatehouseError? {
        let missing = trace.filter { !$0.holds && !$0.missing.isEmpty }.map(\.missing).joined(separator: "; ")
        switch outcome {
        case .allowed: return nil
        case .signInRequired: return GatehouseError(.signInRequired, "Nobody is signed in.")
        case .forbidden: return GatehouseError(.forbidden, "Missing: \(missing).")
        case .insufficientScope(let scopes): return GatehouseError(.insufficientScope, "Missing: \(missing).", requiredScopes: scopes)
        case .reauthenticationRequired: return GatehouseError(.reauthenticationRequired, "The last sign-in is too long ago.")
        }
    }
}

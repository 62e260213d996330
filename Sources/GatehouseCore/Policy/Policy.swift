/// What a request must prove before it is answered or forwarded.
///
/// Every policy but `.public` implies `.signedIn`; `.not` narrows and never opens. A policy made of an empty list is a start-up
/// error (see `problem`) and admits nobody.
public struct Policy: Sendable, Hashable {
    indirect enum Rule: Sendable, Hashable {
        case `public`
        case signedIn
        case permission(Permission)
        case scopes([Scope])
        case anyRole([Role])
        case allRoles([Role])
        case tenant(parameter: String)
        case recent(Duration)
        case any([Policy])
        case all([Policy])
        case not(Policy)
        case methods([String: Policy])
        case ownSession
    }

    let rule: Rule

    private init(_ rule: Rule) { self.rule = rule }

    /// Open to everybody; a credential that cannot be accepted counts as none.
    public static let `public` = Policy(.public)
    /// Anybody whose credential is accepted.
    public static let signedIn = Policy(.signedIn)
    /// Holders of `permission`.
    public static func permission(_ permission: Permission) -> Policy { Policy(.permission(permission)) }
    /// A credential with `scope`, or a person's own session with the permission of that name.
    public static func scope(_ scope: Scope) -> Policy { Policy(.scopes([scope])) }
    /// All of `scopes`.
    public static func scopes(_ scopes: Scope...) -> Policy { Policy(.scopes(scopes)) }
    /// All of `scopes`.
    public static func scopes(_ scopes: [Scope]) -> Policy { Policy(.scopes(scopes)) }
    /// At least one of `roles`.
    public static func anyRole(_ roles: Role...) -> Policy { Policy(.anyRole(roles)) }
    /// At least one of `roles`.
    public static func anyRole(_ roles: [Role]) -> Policy { Policy(.anyRole(roles)) }
    /// Every one of `roles`.
    public static func allRoles(_ roles: Role...) -> Policy { Policy(.allRoles(roles)) }
    /// Every one of `roles`.
    public static func allRoles(_ roles: [Role]) -> Policy { Policy(.allRoles(roles)) }
    /// The route's parameter of this name is the principal's tenant.
    public static func tenant(_ parameter: String) -> Policy { Policy(.tenant(parameter: parameter)) }
    /// The person proved who they are no longer than `time` ago.
    public static func recent(within time: Duration) -> Policy { Policy(.recent(time)) }
    /// A person's own session with an account of the store, by cookie or by its access token: no key, no token that was handed on.
    public static let ownSession = Policy(.ownSession)
    /// At least one of `policies`.
    public static func any(_ policies: Policy...) -> Policy { Policy(.any(policies)) }
    /// At least one of `policies`.
    public static func any(_ policies: [Policy]) -> Policy { Policy(.any(policies)) }
    /// Every one of `policies`.
    public static func all(_ policies: Policy...) -> Policy { Policy(.all(policies)) }
    /// Every one of `policies`.
    public static func all(_ policies: [Policy]) -> Policy { Policy(.all(policies)) }
    /// Somebody who is signed in and whom `policy` does not admit; of a key or a narrowed token it asks what the owner holds.
    public static func not(_ policy: Policy) -> Policy { Policy(.not(policy)) }

    /// A policy for each method: that of the request's own, else that of `*`, else nobody is admitted. HEAD is judged as GET.
    public static func methods(_ policies: [String: Policy]) -> Policy { Policy(.methods(policies)) }

    /// Whether somebody with this kind of credential can be admitted at all.
    public func takes(_ credential: Principal.Credential) -> Bool {
        switch rule {
        case .ownSession: credential == .session || credential == .accessToken
        // Neither a key nor a proxy's word says when somebody signed in.
        case .recent: credential != .apiKey && credential != .trustedProxy
        case .all(let policies): policies.allSatisfy { $0.takes(credential) }
        case .any(let policies): policies.contains { $0.takes(credential) }
        case .methods(let policies): policies.values.contains { $0.takes(credential) }
        default: true
        }
    }

    /// Whether everybody is admitted, signed in or not.
    public var isPublic: Bool { rule == .public }

    /// The names of the route parameters that the policy judges.
    public var parameters: Set<String> {
        switch rule {
        case .tenant(let parameter): [parameter]
        case .any(let policies), .all(let policies): policies.reduce(into: []) { $0.formUnion($1.parameters) }
        case .methods(let policies): policies.values.reduce(into: []) { $0.formUnion($1.parameters) }
        case .not(let policy): policy.parameters
        default: []
        }
    }

    /// Why the policy cannot be used, in a sentence for the operator; `nil` for a sound one.
    public var problem: String? {
        switch rule {
        case .scopes([]): "A list of scopes is empty: name at least one, or use .signedIn."
        case .anyRole([]), .allRoles([]): "A list of roles is empty: name at least one, or use .signedIn."
        case .any([]), .all([]): "A list of policies is empty: name at least one, or use .signedIn."
        case .tenant(""): "The tenant's parameter has no name."
        case .recent(let time) where time <= .zero: "The time within which somebody must have signed in is not positive."
        case .any(let policies), .all(let policies):
            policies.contains(where: \.isPublic)
                ? ".public stands inside another policy: it opens a route alone or not at all." : policies.lazy.compactMap(\.problem).first
        case .methods(let policies): Self.problem(ofMethods: policies)
        case .not(let policy): policy.isPublic ? ".not(.public) admits nobody: leave it out." : policy.problem
        default: nil
        }
    }

    private static func problem(ofMethods policies: [String: Policy]) -> String? {
        if policies.isEmpty { return "A map of methods is empty: name at least one, or use .signedIn." }
        for (method, policy) in policies.sorted(by: { $0.key < $1.key }) {
            if method == "HEAD" { return "A map of methods names HEAD, which is judged as GET: leave it out." }
            guard
                method == "*"
                    || !method.isEmpty && method.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") })
            else { return "“\(method.prefix(32))” is no method: write it in capitals, as in GET, or * for all others." }
            if policy.isPublic { return ".public stands inside a map of methods: it opens a route alone or not at all." }
            if let problem = policy.problem { return problem }
        }
        return nil
    }

    /// The policy in a map of methods that judges a request.
    static func policy(for method: String, in policies: [String: Policy]) -> Policy? {
        policies[method == "HEAD" ? "GET" : method] ?? policies["*"]
    }
}

extension Policy: CustomStringConvertible {
    public var description: String {
        switch rule {
        case .public: "public"
        case .signedIn: "signed in"
        case .permission(let permission): "permission \(permission)"
        case .scopes(let scopes): "scope \(scopes.map(\.rawValue).joined(separator: " "))"
        case .anyRole(let roles): "any role of \(roles.map(\.rawValue).joined(separator: ", "))"
        case .allRoles(let roles): "all roles of \(roles.map(\.rawValue).joined(separator: ", "))"
        case .tenant(let parameter): "tenant in {\(parameter)}"
        case .recent(let time): "signed in within \(time)"
        case .ownSession: "own session"
        case .any(let policies): "any of (\(policies.map(\.description).joined(separator: "; ")))"
        case .all(let policies): policies.map(\.description).joined(separator: " and ")
        case .methods(let policies):
            "by method (\(policies.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")))"
        case .not(let policy): if case .all = policy.rule { "not (\(policy))" } else { "not \(policy)" }
        }
    }
}

import GatehouseCore

/// Which route a request means, who is asking, what each rule made of it, and what the client would get.
public struct Explanation: Sendable, Encodable {
    /// The route that answers, as `gatehouse routes` lists it.
    public struct Route: Sendable, Encodable {
        public let path: String
        public let methods: [String]
        public let guardDescription: String
        public let target: String

        enum CodingKeys: String, CodingKey {
            case path, methods, target
            case guardDescription = "guard"
        }
    }

    public struct Caller: Sendable, Encodable {
        public let id: String
        public let authProvider: String
        public let username: String
        public let credential: String
        public let tenant: String
        public let roles: [String]
        public let permissions: [String]
        /// `nil`: not narrowed.
        public let scopes: [String]?

        enum CodingKeys: String, CodingKey {
            case id, username, credential, tenant, roles, permissions, scopes
            case authProvider = "auth_provider"
        }

        init(_ principal: Principal) {
            id = principal.id
            authProvider = principal.authProvider
            username = principal.username
            credential = principal.credential.rawValue
            tenant = principal.tenant.rawValue
            roles = principal.roles.map(\.rawValue).sorted()
            permissions = principal.permissions.map(\.rawValue).sorted()
            scopes = principal.scopes.map { $0.map(\.rawValue).sorted() }
        }
    }

    /// One rule and what came of it.
    public struct Rule: Sendable, Encodable {
        public let rule: String
        public let holds: Bool
        /// What would have been needed; left out where nothing depends on the rule, as inside of one that holds.
        public let missing: String?
        /// How deep the rule lies inside others.
        public let depth: Int

        init(_ step: Decision.Step) {
            rule = step.rule
            holds = step.holds
            missing = step.missing.isEmpty ? nil : step.missing
            depth = step.depth
        }
    }

    /// What a client would get. A request that is let through has no status: whoever answers chooses it.
    public struct Answer: Sendable, Encodable {
        public let isAllowed: Bool
        public let status: Int?
        public let code: String?
        /// Fields that tell the client what to do, such as `WWW-Authenticate`.
        public let fields: [String: String]
        /// Why, in words for the operator; the client does not see them.
        public let reason: String?

        enum CodingKeys: String, CodingKey {
            case status, code, fields, reason
            case isAllowed = "allowed"
        }
    }

    public let method: String
    public let target: String
    /// `nil` where no route has this path, or several could be meant.
    public let route: Route?
    /// `nil` where nobody is signed in.
    public internal(set) var caller: Caller?
    /// Why the credential is not accepted; on an open route it counts as none.
    public internal(set) var refusal: String?
    public internal(set) var rules: [Rule] = []
    public internal(set) var answer: Answer
    /// What else the operator should know of.
    public internal(set) var notes: [String] = []
}

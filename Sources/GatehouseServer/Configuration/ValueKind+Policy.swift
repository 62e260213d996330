import GatehouseCore

extension ValueKind where Value == Policy {
    /// `signed_in`, `public`, or a map of one rule.
    static let guardRule = ValueKind("guard", write: \.configurationText) { (node, _) throws(GatehouseError) in
        let policy = try Policy.read(node, depth: 0)
        if let problem = policy.problem { throw remedy("cannot be used: \(problem)") }
        return policy
    }
}

extension Policy {
    /// How guards are written.
    static let guardForms = [
        "signed_in", "public", "own_session", "{ any_role: [analyst, editor] }", "{ all_roles: […] }", "{ permission: orders.read }",
        "{ scope: orders.read }", "{ scopes: [orders.read, …] }", "{ tenant: parameter }", "{ recent: 15m }", "{ any: [guard, …] }",
        "{ all: [guard, …] }", "{ not: guard }", "{ methods: { GET: [viewer], POST: { any: [editor, admin] }, \"*\": signed_in } }",
    ]

    private static var remedyForms: String { "write \(guardForms.dropLast().joined(separator: ", ")) or \(guardForms.last ?? "")" }

    /// Only the forms that need no map have one; nothing else is a default.
    var configurationText: String { isPublic ? "public" : "signed_in" }

    fileprivate static func read(_ node: ConfigurationNode, depth: Int) throws(GatehouseError) -> Policy {
        guard depth < 8 else { throw remedy("is a guard nested more than 8 deep") }
        switch node.content {
        case .text("signed_in"), .untyped("signed_in"): return .signedIn
        case .text("public"), .untyped("public"): return .public
        case .text("own_session"), .untyped("own_session"): return .ownSession
        case .untyped(let text) where text.hasPrefix("{"): return try read(try node.inline(text), depth: depth + 1)
        case .map(let entries):
            guard entries.count == 1, let entry = entries.first else { break }
            return try rule(entry, depth: depth)
        default: break
        }
        throw remedy("is no guard: \(remedyForms)")
    }

    private static func rule(_ entry: ConfigurationNode.Entry, depth: Int) throws(GatehouseError) -> Policy {
        let value = entry.value
        switch entry.key {
        case "any_role": return .anyRole(try names(value))
        case "all_roles": return .allRoles(try names(value))
        case "scope": return .scope(try Scope(configured: try value.text(wanted: "a scope"), "scope"))
        case "scopes": return .scopes(try names(value))
        case "tenant": return .tenant(try value.text(wanted: "the name of a parameter"))
        case "methods": return .methods(try methods(value, depth: depth))
        case "permission": return .permission(try Permission(configured: try value.text(wanted: "a permission"), "permission"))
        case "recent":
            var context = ReadingContext(variables: [:])
            return .recent(within: try ValueKind<Duration>.duration(1...86_400).read(value, &context))
        case "any": return .any(try policies(value, depth: depth))
        case "all": return .all(try policies(value, depth: depth))
        case "not": return .not(try read(value, depth: depth + 1))
        default: throw remedy("has the rule \(entry.key), which is none: \(remedyForms)")
        }
    }

    private static func names<Name: OpenName>(_ node: ConfigurationNode) throws(GatehouseError) -> [Name] {
        var names: [Name] = []
        for member in try node.members(wanted: "a list of names") { names.append(try Name(configured: try member.text(wanted: "a name"), "name")) }
        return names
    }

    private static func policies(_ node: ConfigurationNode, depth: Int) throws(GatehouseError) -> [Policy] {
        var policies: [Policy] = []
        for member in try node.members(wanted: "a list of guards") { policies.append(try read(member, depth: depth + 1)) }
        return policies
    }

    private static func methods(_ node: ConfigurationNode, depth: Int) throws(GatehouseError) -> [String: Policy] {
        guard case .map(let entries) = node.content else { throw remedy("has methods as \(node.kind), where a map of methods is wanted") }
        var policies: [String: Policy] = [:]
        for entry in entries { policies[entry.key] = try method(entry.value, depth: depth + 1) }
        return policies
    }

    /// Roles that are all needed, `{ any: [roles] }`, or a guard like any other.
    private static func method(_ node: ConfigurationNode, depth: Int) throws(GatehouseError) -> Policy {
        switch node.content {
        case .list: return .allRoles(try names(node))
        case .map(let entries):
            guard entries.count == 1, let entry = entries.first, entry.key == "any", case .list(let members) = entry.value.content,
                members.allSatisfy(\.isRoleName)
            else { break }
            return .anyRole(try names(entry.value))
        default: break
        }
        return try read(node, depth: depth)
    }
}

extension ConfigurationNode {
    /// Text that is no guard by itself.
    fileprivate var isRoleName: Bool {
        if case .text(let text) = content { !["signed_in", "own_session", "public"].contains(text) } else { false }
    }
}

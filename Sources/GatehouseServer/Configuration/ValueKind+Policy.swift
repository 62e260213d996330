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
        "signed_in", "public", "{ any_role: [analyst, editor] }", "{ all_roles: […] }", "{ permission: orders.read }",
        "{ scopes: [orders.read] }", "{ recent: 15m }", "{ any: [guard, …] }", "{ all: [guard, …] }", "{ not: guard }",
    ]

    private static var remedyForms: String { "write \(guardForms.dropLast().joined(separator: ", ")) or \(guardForms.last ?? "")" }

    /// Only the forms that need no map have one; nothing else is a default.
    var configurationText: String { isPublic ? "public" : "signed_in" }

    fileprivate static func read(_ node: ConfigurationNode, depth: Int) throws(GatehouseError) -> Policy {
        guard depth < 8 else { throw remedy("is a guard nested more than 8 deep") }
        switch node.content {
        case .text("signed_in"), .untyped("signed_in"): return .signedIn
        case .text("public"), .untyped("public"): return .public
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
        case "scopes": return .scopes(try names(value))
        case "permission": return .permission(try Permission(validating: try value.text(wanted: "a permission")))
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
        for member in try node.members(wanted: "a list of names") { names.append(try Name(validating: try member.text(wanted: "a name"))) }
        return names
    }

    private static func policies(_ node: ConfigurationNode, depth: Int) throws(GatehouseError) -> [Policy] {
        var policies: [Policy] = []
        for member in try node.members(wanted: "a list of guards") { policies.append(try read(member, depth: depth + 1)) }
        return policies
    }
}

import GatehouseCore

/// One member of a list of maps, such as an upstream; it has keys of its own.
protocol ConfigurationMember: Sendable {
    /// With the defaults of its keys.
    init()
    /// As in “an upstream”.
    static var noun: String { get }
    static var keys: [ConfigurationKey<Self>] { get }
    /// Values that are sound each by itself and not together, each with the key that is named.
    var contradictions: [(key: String, sentence: String)] { get }
}

extension ConfigurationMember {
    var contradictions: [(key: String, sentence: String)] { [] }

    /// `an upstream has path, to and guard`.
    fileprivate static var needs: String {
        let names = keys.filter(\.isRequired).map(\.path)
        return "\(noun) has \(names.count > 1 ? names.dropLast().joined(separator: ", ") + " and " : "")\(names.last ?? "")"
    }

    /// - Parameters:
    ///   - prefix: what stands before the keys in a message, such as `upstreams[0].`.
    ///   - problems: takes every problem with its place.
    fileprivate init(_ node: ConfigurationNode, prefix: String, _ context: inout ReadingContext, problems: inout [String]) {
        self.init()
        let tree = KeyTree(node, keys: Self.keys.map(\.path), prefix: prefix)
        var found = tree.problems
        for key in Self.keys {
            guard let value = tree.nodes[key.path] else {
                if key.isRequired { found.append("\(prefix)\(key.path) (\(node.source)) is missing: \(Self.needs).") }
                continue
            }
            do throws(GatehouseError) {
                try key.read(value, &self, &context)
            } catch {
                found.append(problem(prefix + key.path, value.source, error))
            }
        }
        if found.isEmpty {
            found = contradictions.map { problem(prefix + $0.key, tree.nodes[$0.key]?.source ?? node.source, remedy($0.sentence)) }
        }
        problems += found
    }
}

extension ValueKind {
    /// A list of maps under `key`; its errors are whole sentences with their places.
    static func members<Member: ConfigurationMember>(_ key: String, _ name: String) -> ValueKind where Value == [Member] {
        ValueKind(name, write: { _ in "[]" }) { (node, context) throws(GatehouseError) in
            var node = node
            if case .untyped(let text) = node.content { node = try node.inline(text) }
            guard case .list(let nodes) = node.content else { throw remedy("is \(node.kind), where a list of maps is wanted") }
            var problems: [String] = []
            let members = nodes.enumerated().map { index, node in
                Member(node, prefix: "\(key)[\(index)].", &context, problems: &problems)
            }
            guard problems.isEmpty else { throw GatehouseError(.configurationInvalid, problems.joined(separator: "\n")) }
            return members
        }
    }
}

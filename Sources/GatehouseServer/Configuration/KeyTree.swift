import GatehouseCore

/// The maps of a YAML text laid beside a table of keys: each known key with its node, and what is wrong with the others.
struct KeyTree {
    private(set) var nodes: [String: ConfigurationNode] = [:]
    private(set) var problems: [String] = []
    private let known: Set<String>
    private let groups: Set<String>
    /// What stands before each key in a message, such as `upstreams[0].`.
    private let prefix: String

    /// - Parameter root: a map, or nothing.
    init(_ root: ConfigurationNode, keys: [String], prefix: String = "") {
        known = Set(keys)
        groups = Set(keys.flatMap { key in key.indices.filter { key[$0] == "." }.map { String(key[..<$0]) } })
        self.prefix = prefix
        walk(root, path: "")
    }

    private mutating func walk(_ node: ConfigurationNode, path: String) {
        switch node.content {
        case .map(let entries):
            for entry in entries { visit(entry, path: path.isEmpty ? entry.key : "\(path).\(entry.key)") }
        case .nothing: break
        default:
            let name = path.isEmpty ? "the file" : prefix + path
            problems.append("\(name) (\(node.source)) is \(node.kind), where a map of keys is wanted.")
        }
    }

    private mutating func visit(_ entry: ConfigurationNode.Entry, path: String) {
        if entry.key.contains(".") {
            problems.append("\(prefix)\(path) (\(entry.source)) is no key: write the groups as maps within each other.")
        } else if known.contains(path) {
            if case .nothing = entry.value.content {
                problems.append("\(prefix)\(path) (\(entry.source)) has no value: give one, or leave the key out.")
            } else {
                nodes[path] = entry.value
            }
        } else if groups.contains(path) {
            walk(entry.value, path: path)
        } else {
            problems.append("\(prefix)\(path) (\(entry.source)) is no key\(Self.suggestion(path, among: known)).")
        }
    }

    /// The nearest known name, if one is near: most unknown names are slips.
    static func suggestion(_ name: String, among known: some Sequence<String>) -> String {
        let nearest = known.map { ($0, distance(name, $0)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
        guard let nearest, nearest.1 <= max(2, name.count / 4) else { return ": see docs/configuration.md" }
        return ": did you mean \(nearest.0)"
    }

    /// How many letters have to be changed, added or taken away (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(80)), Array(right.utf8.prefix(80)))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}

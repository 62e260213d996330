import GatehouseCore
import Yams

/// A YAML text as a tree of nodes that know their lines.
///
/// Refused: a second document, duplicate keys, keys that are not plain words, anchors and aliases (a few lines of them can stand
/// for gigabytes), more than 1 MiB, and more than 32 levels.
struct YAMLFile {
    static let maximumBytes = 1 << 20
    static let maximumDepth = 32
    let name: String

    /// The root of `text`; `nil` for one without a value. Throws `configuration_invalid`.
    func parse(_ text: String) throws(GatehouseError) -> ConfigurationNode? {
        guard text.utf8.count <= Self.maximumBytes else { throw invalid(1, "is larger than 1 MiB: make it smaller") }
        try refuseAliases(text)
        let root: Node?
        do {
            // The basic resolver types nothing; `typed` does, by rules that leave no surprises.
            root = try compose(yaml: text, .basic)
        } catch {
            throw invalid(error)
        }
        guard let root else { return nil }
        return try node(root, depth: 0)
    }

    /// Before the parser sees them: expanding aliases is its work. Judged line by line, so text like `a *b` has to be quoted.
    private func refuseAliases(_ text: String) throws(GatehouseError) {
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if Self.usesAlias(line) { throw anchors(index + 1) }
        }
    }

    private static func usesAlias(_ line: some Collection<UInt8>) -> Bool {
        var quote: UInt8?
        var previous = UInt8(ascii: " ")
        var isMarked = false
        for byte in line {
            if isMarked, byte > UInt8(ascii: " ") { return true }
            isMarked = false
            if let open = quote {
                if byte == open, open == UInt8(ascii: "'") || previous != UInt8(ascii: "\\") { quote = nil }
            } else if " \t[{,".utf8.contains(previous) {
                if byte == UInt8(ascii: "#") { return false }
                if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { quote = byte }
                isMarked = byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
            }
            previous = byte
        }
        return false
    }

    private func node(_ node: Node, depth: Int) throws(GatehouseError) -> ConfigurationNode {
        let line = node.mark?.line ?? 1
        guard node.anchor == nil else { throw anchors(line) }
        guard depth < Self.maximumDepth else { throw invalid(line, "is nested more than \(Self.maximumDepth) levels deep") }
        let source = ConfigurationSource.yaml(file: name, line: line)
        switch node {
        case .scalar(let scalar): return ConfigurationNode(content: Self.typed(scalar), source: source)
        case .sequence(let sequence):
            var members: [ConfigurationNode] = []
            for member in sequence { members.append(try self.node(member, depth: depth + 1)) }
            return ConfigurationNode(content: .list(members), source: source)
        case .mapping(let mapping):
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in mapping { entries.append(try entry(key, value, depth: depth)) }
            return ConfigurationNode(content: .map(entries), source: source)
        case .alias: throw anchors(line)
        }
    }

    private func entry(_ key: Node, _ value: Node, depth: Int) throws(GatehouseError) -> ConfigurationNode.Entry {
        let line = key.mark?.line ?? 1
        guard case .scalar(let scalar) = key, key.anchor == nil, scalar.string != "<<" else {
            throw invalid(line, "has a key that is not a plain word: use the keys of docs/configuration.md")
        }
        return .init(key: scalar.string, source: .yaml(file: name, line: line), value: try node(value, depth: depth + 1))
    }

    private static func typed(_ scalar: Node.Scalar) -> ConfigurationNode.Content {
        guard scalar.style == .plain || scalar.style == .any else { return .text(scalar.string) }
        switch scalar.string.lowercased() {
        case "", "~", "null": return .nothing
        case "true", "false", "yes", "no", "on", "off", "y", "n": return .boolean(scalar.string)
        default: return Double(scalar.string.replacing("_", with: "")) == nil ? .text(scalar.string) : .number(scalar.string)
        }
    }

    private func anchors(_ line: Int) -> GatehouseError {
        invalid(line, "uses an anchor or alias (& or *): write the value out, or quote it if it is text")
    }

    private func invalid(_ line: Int, _ problem: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "\(name):\(line) \(problem).")
    }

    /// The parser's words without its copy of the text, which may hold secrets.
    private func invalid(_ error: any Error) -> GatehouseError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            invalid(mark.line, "is not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            invalid(context.mark.line, "gives \(duplicates.sorted().joined(separator: ", ")) more than once: keep one of them")
        case .reader(let problem, _, _, _): invalid(1, "cannot be read: \(problem)")
        default: invalid(1, "cannot be read as YAML")
        }
    }
}

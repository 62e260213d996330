import GatehouseCore

/// One key of the configuration: where it stands, what it takes, what it means. The tables of keys are all that there is to
/// know; reading, refusing unknown keys and `docs/configuration.md` follow from them.
struct ConfigurationKey<Root: Sendable>: Sendable {
    /// Dotted, as in `server.port`.
    let path: String
    let kind: String
    /// What it does, in one line.
    let meaning: String
    /// The flag of the command line, if there is one.
    let flag: String?
    /// The value in a root that nothing was read into, as it would be written; empty where there is none.
    let writtenDefault: @Sendable (Root) -> String
    /// Whether the default stands for a value that must be given.
    let isRequired: Bool
    /// Reads a node into the root.
    let read: @Sendable (ConfigurationNode, inout Root, inout ReadingContext) throws(GatehouseError) -> Void

    init<Value: Sendable>(
        _ path: String, _ property: any (WritableKeyPath<Root, Value> & Sendable), _ kind: ValueKind<Value>, _ meaning: String,
        flag: String? = nil,
        isRequired: Bool = false
    ) {
        self.path = path
        self.kind = kind.name
        self.meaning = meaning
        self.flag = flag
        self.isRequired = isRequired
        writtenDefault = { kind.write($0[keyPath: property]) }
        read = { (node, root, context) throws(GatehouseError) in root[keyPath: property] = try kind.read(node, &context) }
    }

    init<Value: Sendable>(
        _ path: String, _ property: any (WritableKeyPath<Root, Value?> & Sendable), _ kind: ValueKind<Value>, _ meaning: String,
        flag: String? = nil, isRequired: Bool = false
    ) {
        self.init(path, property, kind.optional, meaning, flag: flag, isRequired: isRequired)
    }

    /// The name of the environment variable.
    var variable: String { "GATEHOUSE_" + path.replacing(".", with: "_").uppercased() }
}

/// A problem with one key, in one sentence with its place and the remedy.
func problem(_ key: String, _ source: ConfigurationSource, _ error: GatehouseError) -> String {
    let joint = error.message.first?.isUppercase == true ? ": " : " "
    let end = error.message.hasSuffix(".") ? "" : "."
    return "\(key) (\(source))\(joint)\(error.message)\(end)"
}

import GatehouseCore

/// How the values of one type are written and read.
struct ValueKind<Value: Sendable>: Sendable {
    /// What `docs/configuration.md` says of the type.
    let name: String
    /// Reads a value; its error is the remedy alone, such as “give a number from 0 to 65535”.
    let read: @Sendable (ConfigurationNode, inout ReadingContext) throws(GatehouseError) -> Value
    /// How a default is written in YAML.
    let write: @Sendable (Value) -> String

    init(
        _ name: String, write: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (ConfigurationNode, inout ReadingContext) throws(GatehouseError) -> Value
    ) {
        self.name = name
        self.read = read
        self.write = write
    }

    /// A kind that is written as text.
    init(
        _ name: String, write: @escaping @Sendable (Value) -> String,
        fromText: @escaping @Sendable (String) throws(GatehouseError) -> Value
    ) {
        self.init(name, write: write) { (node, _) throws(GatehouseError) in
            try fromText(try node.text(wanted: name))
        }
    }
}

/// What reading a value may need besides the node, and what it leaves behind.
struct ReadingContext: Sendable {
    /// The variables that `{ env: NAME }` may name.
    let variables: [String: String]
    /// The names that were read so.
    var secretNames: Set<String> = []

    init(variables: [String: String]) { self.variables = variables }
}

/// A problem with one value; the place is added by the caller.
func remedy(_ sentence: String) -> GatehouseError { GatehouseError(.configurationInvalid, sentence) }

extension ConfigurationNode {
    /// The text of the node; a number or boolean is none unless it is quoted.
    func text(wanted: String) throws(GatehouseError) -> String {
        switch content {
        case .untyped(let text), .text(let text):
            guard !text.isEmpty else { throw remedy("is empty: give \(wanted), or leave the key out") }
            guard !text.utf8.contains(0) else { throw remedy("holds a NUL byte: remove it") }
            return text
        case .number, .boolean: throw remedy("is \(kind), where \(wanted) is wanted: put it in quotes if it is meant as text")
        case .nothing, .list, .map: throw remedy("is \(kind), where \(wanted) is wanted")
        }
    }

    /// The members of a list; text from a flag or a variable is split at commas.
    func members(wanted: String) throws(GatehouseError) -> [ConfigurationNode] {
        switch content {
        case .list(let members): return members
        case .untyped(let text):
            return text.split(separator: ",").map { ConfigurationNode(content: .untyped(String($0.trimmingBlanks)), source: source) }
        default: throw remedy("is \(kind), where \(wanted) is wanted: write [a, b]")
        }
    }
}

extension ConfigurationNode {
    /// What the text of a flag or a variable stands for where it is YAML in one line.
    func inline(_ text: String) throws(GatehouseError) -> ConfigurationNode {
        guard let node = try YAMLFile(name: "the value").parse(text) else { throw remedy("is empty") }
        return node
    }
}

extension ValueKind where Value == String {
    static let text = ValueKind("text", write: { $0 }, fromText: { (text) throws(GatehouseError) in text })
}

extension ValueKind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> ValueKind {
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return ValueKind("\(range.lowerBound)–\(range.upperBound)", write: { "\($0)" }) { (node, _) throws(GatehouseError) in
            switch node.content {
            case .untyped(let text), .number(let text):
                guard text.utf8.first != UInt8(ascii: "+"), let value = Int(text), range.contains(value) else {
                    throw remedy("is not \(wanted)")
                }
                return value
            default: throw remedy("is \(node.kind), where \(wanted) is wanted")
            }
        }
    }
}

extension ValueKind where Value == Bool {
    static let boolean = ValueKind("true or false", write: { "\($0)" }) { (node, _) throws(GatehouseError) in
        switch node.content {
        case .untyped("true"), .boolean("true"): return true
        case .untyped("false"), .boolean("false"): return false
        default: throw remedy("is neither true nor false: write one of them")
        }
    }
}

extension ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a few words.
    static func oneOf(_ values: [Value] = Array(Value.allCases)) -> ValueKind {
        let words = values.map(\.rawValue)
        return ValueKind(words.joined(separator: ", "), write: { $0.rawValue }) { (text) throws(GatehouseError) in
            guard let value = values.first(where: { $0.rawValue == text }) else {
                throw remedy("is none of \(words.joined(separator: ", ")): write one of them")
            }
            return value
        }
    }
}

extension ValueKind {
    /// A list of such values.
    static func list<Member>(of kind: ValueKind<Member>) -> ValueKind where Value == [Member] {
        ValueKind(
            kind.name.contains(",") ? "list of \(kind.name)" : "list of \(kind.name)s", write: { "[\($0.map(kind.write).joined(separator: ", "))]" }
        ) {
            (node, context) throws(GatehouseError) in
            var values: [Member] = []
            for member in try node.members(wanted: "a list") { values.append(try kind.read(member, &context)) }
            return values
        }
    }

    /// The same kind for a setting that may be left out.
    var optional: ValueKind<Value?> {
        ValueKind<Value?>(name, write: { [write] in $0.map(write) ?? "" }) { [read] (node, context) throws(GatehouseError) in
            try read(node, &context)
        }
    }
}

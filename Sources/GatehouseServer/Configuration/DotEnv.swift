import GatehouseCore

/// The variables of a `.env` file.
///
/// A line is `NAME=value`, optionally after `export`; `#` starts a comment at the start of a line or after a blank. Within `'…'`
/// everything is literal; within `"…"` `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes; both may span lines. Nothing is expanded.
struct DotEnv: Sendable {
    struct Variable: Sendable {
        let value: String
        let source: ConfigurationSource
    }

    private(set) var variables: [String: Variable] = [:]

    static let empty = DotEnv()

    private init() {}

    /// Throws `configuration_invalid` with file and line for what is no such line, and for a name given twice.
    init(_ text: String, file: String) throws(GatehouseError) {
        var reader = DotEnvReader(text, file: file)
        while let (name, value, line) = try reader.next() {
            guard variables[name] == nil else { throw reader.invalid(line, "gives \(name) a second time: keep one of them") }
            variables[name] = Variable(value: value, source: .dotEnv(file: file, line: line, name: name))
        }
    }
}

private struct DotEnvReader {
    private var rest: Substring
    private let file: String
    private var line = 1

    init(_ text: String, file: String) {
        rest = Substring(text.replacing("\r\n", with: "\n"))
        if rest.first == "\u{FEFF}" { rest.removeFirst() }
        self.file = file
    }

    mutating func next() throws(GatehouseError) -> (name: String, value: String, line: Int)? {
        skipBlankLines()
        guard !rest.isEmpty else { return nil }
        let start = line
        var name = take { $0 != "=" && $0 != "\n" }.trimmingBlanks
        if name.hasPrefix("export "), case let exported = name.dropFirst(7).trimmingBlanks { name = exported }
        guard rest.first == "=" else { throw invalid(start, "is not NAME=value") }
        rest.removeFirst()
        guard Self.isName(name) else { throw invalid(start, "has no valid name before “=”: use A-Z, 0-9 and _") }
        return (String(name), try value(start), start)
    }

    private mutating func value(_ start: Int) throws(GatehouseError) -> String {
        _ = take { $0 == " " || $0 == "\t" }
        guard let quote = rest.first, quote == "'" || quote == "\"" else {
            let raw = take { $0 != "\n" }
            return String(Self.withoutComment(raw).trimmingBlanks)
        }
        rest.removeFirst()
        let value = try quoted(quote, start)
        let after = take { $0 != "\n" }.trimmingBlanks
        guard after.isEmpty || after.hasPrefix("#") else { throw invalid(line, "goes on after the closing quote") }
        return value
    }

    private mutating func quoted(_ quote: Character, _ start: Int) throws(GatehouseError) -> String {
        var value = ""
        while let character = rest.popFirst() {
            if character == quote { return value }
            if character == "\n" { line += 1 }
            guard character == "\\", quote == "\"", let escaped = rest.popFirst() else {
                value.append(character)
                continue
            }
            switch escaped {
            case "n": value.append("\n")
            case "r": value.append("\r")
            case "t": value.append("\t")
            case "\"", "\\", "$": value.append(escaped)
            default: value += "\\" + String(escaped)
            }
        }
        throw invalid(start, "opens a quote that is never closed")
    }

    private mutating func skipBlankLines() {
        while true {
            _ = take { $0 == " " || $0 == "\t" }
            if rest.first == "#" { _ = take { $0 != "\n" } }
            guard rest.first == "\n" else { return }
            rest.removeFirst()
            line += 1
        }
    }

    private mutating func take(while condition: (Character) -> Bool) -> Substring {
        let taken = rest.prefix(while: condition)
        rest = rest[taken.endIndex...]
        return taken
    }

    private static func withoutComment(_ raw: Substring) -> Substring {
        var previous: Character = " "
        for index in raw.indices {
            if raw[index] == "#", previous == " " || previous == "\t" { return raw[..<index] }
            previous = raw[index]
        }
        return raw
    }

    private static func isName(_ name: Substring) -> Bool {
        guard let first = name.first, !first.isNumber else { return false }
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }

    func invalid(_ line: Int, _ problem: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "\(file):\(line) \(problem).")
    }
}

extension Substring {
    var trimmingBlanks: Substring {
        var trimmed = drop { $0 == " " || $0 == "\t" }
        while let last = trimmed.last, last == " " || last == "\t" || last == "\r" { trimmed.removeLast() }
        return trimmed
    }
}

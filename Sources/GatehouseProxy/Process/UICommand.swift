public import GatehouseCore

/// The program that shows the UI and its arguments, as they are handed to the system: no shell ever reads them.
public struct UICommand: Sendable, Hashable {
    /// The program (a name to be found on `PATH`, or a path) and its arguments; `{port}` stands for the port.
    public let words: [String]

    /// Throws `configuration_invalid` for no words, an empty or dashed program name, and a NUL byte.
    public init(words: [String]) throws(GatehouseError) {
        guard let program = words.first, !program.isEmpty, !program.hasPrefix("-") else {
            throw GatehouseError(.configurationInvalid, "The UI command is empty: name a program, such as `streamlit run app.py`.")
        }
        guard !words.contains(where: { $0.utf8.contains(0) }) else {
            throw GatehouseError(.configurationInvalid, "The UI command holds a NUL byte: remove it.")
        }
        self.words = words
    }

    /// Splits a command line at blanks as a POSIX shell would; `'…'`, `"…"` and `\` quote, nothing else is special.
    ///
    /// Throws `configuration_invalid` for an unclosed quote and whatever `init(words:)` refuses.
    public init(parsing line: String) throws(GatehouseError) {
        try self.init(words: try Self.split(line))
    }

    /// The program that is started.
    var program: String { words[0] }

    /// The arguments with `{port}` replaced.
    func arguments(port: Int) -> [String] {
        words.dropFirst().map { $0.replacing("{port}", with: String(port)) }
    }

    private static func split(_ line: String) throws(GatehouseError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = line.makeIterator()
        while let character = characters.next() {
            switch (character, quote) {
            case ("\\", nil):
                guard let next = characters.next() else { throw unclosed("\\") }
                word = (word ?? "") + String(next)
            case ("\\", "\""):
                guard let next = characters.next() else { throw unclosed("\"") }
                word = (word ?? "") + (next == "\"" || next == "\\" ? "" : "\\") + String(next)
            case (_, .some(let open)) where character == open:
                quote = nil
            case ("'", nil), ("\"", nil):
                quote = character
                word = word ?? ""
            case (_, nil) where character.isWhitespace:
                if let finished = word { words.append(finished) }
                word = nil
            default:
                word = (word ?? "") + String(character)
            }
        }
        if let quote { throw unclosed(quote) }
        if let finished = word { words.append(finished) }
        return words
    }

    private static func unclosed(_ quote: Character) -> GatehouseError {
        GatehouseError(.configurationInvalid, "The UI command ends inside \(quote): close it.")
    }
}

import Foundation

/// Values shown as rows: a table on a terminal, tab-separated lines to a pipe, JSON where it is asked for.
struct Listing<Item: Encodable & Sendable> {
    let headings: [String]
    let items: [Item]
    let columns: (Item) -> [String]

    func print(json: Bool) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            Swift.print(String(decoding: try encoder.encode(items), as: UTF8.self))
        } else {
            let isTerminal = isatty(STDOUT_FILENO) == 1
            for line in isTerminal ? table : tabbed { Swift.print(line) }
        }
    }

    private var rows: [[String]] { items.map { columns($0).map(Self.visible) } }

    /// For other programs: no headings, no padding.
    private var tabbed: [String] { rows.map { $0.joined(separator: "\t") } }

    private var table: [String] {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let lines = all.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
        let bold = ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
        return lines.enumerated().map { bold && $0 == 0 ? "\u{1B}[1m\($1)\u{1B}[0m" : $1 }
    }

    /// Control characters could rewrite the terminal.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }
}

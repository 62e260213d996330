/// Values shown as rows: a table on a terminal, tab-separated lines to a pipe, JSON where it is asked for.
package struct Listing<Item: Encodable & Sendable> {
    private let headings: [String]
    private let items: [Item]
    private let columns: (Item) -> [String]

    package init(headings: [String], items: [Item], columns: @escaping (Item) -> [String]) {
        self.headings = headings
        self.items = items
        self.columns = columns
    }

    package func print(json: Bool) throws {
        if json {
            Swift.print(try OutputOptions.text(items))
        } else {
            for line in Terminal.isInteractive ? table : tabbed { Swift.print(line) }
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
        return lines.enumerated().map { Terminal.hasColors && $0 == 0 ? "\u{1B}[1m\($1)\u{1B}[0m" : $1 }
    }

    /// Control characters could rewrite the terminal.
    private static func visible(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }
}

/// Cuts a stream of bytes into lines that are safe to show on a terminal and to log.
struct OutputLines {
    /// Longer lines are cut here.
    static let longestLine = 8 * 1024
    private var pending: [UInt8] = []

    /// The lines that `bytes` completes.
    mutating func append(_ bytes: some Collection<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(takePending())
            } else {
                pending.append(byte)
                if pending.count >= Self.longestLine { lines.append(takePending()) }
            }
        }
        return lines
    }

    /// What came after the last line end, at the end of the stream.
    mutating func finish() -> String? { pending.isEmpty ? nil : takePending() }

    private mutating func takePending() -> String {
        defer { pending.removeAll(keepingCapacity: true) }
        return Self.printable(String(decoding: pending, as: UTF8.self))
    }

    /// Drops terminal control sequences (`ESC [ … letter`) and every other control character but the tab.
    static func printable(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            if scalar == "\u{1B}" {
                guard let next = scalars.next() else { break }
                guard next == "[" else { continue }
                while let parameter = scalars.next(), !("@"..."~").contains(parameter) {}
            } else if scalar == "\t" || scalar.properties.generalCategory != .control {
                result.append(scalar)
            }
        }
        return String(result)
    }
}

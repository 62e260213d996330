import GatehouseCore

extension ValueKind where Value == Duration {
    private static var units: [(suffix: String, seconds: Int64)] { [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] }

    /// A time such as `30s`, `15m`, `12h` or `30d`, in this range of seconds.
    static func duration(_ range: ClosedRange<Int64>) -> ValueKind {
        let wanted = "a time from \(words(range.lowerBound)) to \(words(range.upperBound)), such as 30s, 15m, 12h or 30d"
        return ValueKind("\(words(range.lowerBound))–\(words(range.upperBound))", write: { words($0.components.seconds) }) {
            (node, _) throws(GatehouseError) in
            let text: String
            switch node.content {
            case .untyped(let written), .text(let written), .number(let written): text = written
            default: throw remedy("is \(node.kind), where \(wanted) is wanted")
            }
            guard let seconds = seconds(text), range.contains(seconds) else { throw remedy("is not \(wanted)") }
            return .seconds(seconds)
        }
    }

    private static func seconds(_ text: String) -> Int64? {
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }), text.utf8.first != UInt8(ascii: "+"),
            let count = Int64(text.dropLast(unit.suffix.count)), count >= 0
        else { return nil }
        let (seconds, overflow) = count.multipliedReportingOverflow(by: unit.seconds)
        return overflow ? nil : seconds
    }

    /// In the largest unit that divides it.
    private static func words(_ seconds: Int64) -> String {
        guard seconds > 0, let unit = units.first(where: { seconds.isMultiple(of: $0.seconds) }) else { return "\(seconds)s" }
        return "\(seconds / unit.seconds)\(unit.suffix)"
    }
}

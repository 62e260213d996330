import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Timestamp {
    /// The moment as in RFC 3339, in whole seconds of UTC: `2026-01-31T12:00:00Z`.
    var rfc3339: String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }

    /// Reads `2026-01-31T12:00:00Z`, or with an offset in the place of the `Z`; `nil` for everything else and for years beyond 9999.
    init?(rfc3339 text: String) {
        guard Self.isRFC3339(text), let date = try? Date(text, strategy: .iso8601),
            let seconds = Int64(exactly: date.timeIntervalSince1970.rounded(.down)), (0..<253_402_300_800).contains(seconds)
        else { return nil }
        self.init(seconds: seconds)
    }

    /// Whether every byte is what the form wants there: the reader of dates stops where it has enough.
    private static func isRFC3339(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let form = Array((bytes.last == UInt8(ascii: "Z") ? "0000-00-00T00:00:00Z" : "0000-00-00T00:00:00+00:00").utf8)
        guard bytes.count == form.count else { return false }
        return zip(bytes, form).allSatisfy { byte, wanted in
            switch wanted {
            case UInt8(ascii: "0"): byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            case UInt8(ascii: "+"): byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
            default: byte == wanted
            }
        }
    }
}

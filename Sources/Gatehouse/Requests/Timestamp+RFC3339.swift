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
        guard (20...25).contains(text.utf8.count), let date = try? Date(text, strategy: .iso8601),
            let seconds = Int64(exactly: date.timeIntervalSince1970.rounded(.down)), (0..<253_402_300_800).contains(seconds)
        else { return nil }
        self.init(seconds: seconds)
    }
}

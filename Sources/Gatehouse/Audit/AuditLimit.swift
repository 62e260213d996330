import GatehouseCore
import Synchronization

/// Keeps whoever is refused again and again from flooding the audit trail: 60 refusals per address and minute, then one row with the count.
final class AuditLimit: Sendable {
    private static let most = 60
    private static let window = Duration.seconds(60)
    /// More addresses than this at once share one count.
    private static let mostAddresses = 10_000

    private struct Count {
        let since: Timestamp
        var recorded = 0
        var dropped = 0
    }

    private struct State {
        var counts: [String: Count] = [:]
        var swept: Timestamp?
    }

    private let state = Mutex(State())
    private let next: AuditSink

    init(before next: AuditSink) { self.next = next }

    var sink: AuditSink { AuditSink { [self] in record($0) } }

    private func record(_ event: AuditEvent) {
        guard event.outcome == .denied else { return next.record(event) }
        let (isWanted, over) = state.withLock { state in
            let over = Self.sweep(&state, at: event.at)
            return (Self.count(event, &state), over)
        }
        for (address, dropped) in over { next.record(Self.summary(dropped, of: address, at: event.at)) }
        if isWanted { next.record(event) }
    }

    private static func count(_ event: AuditEvent, _ state: inout State) -> Bool {
        var address = event.address.map { IPAddress($0)?.throttlingBucket ?? $0 } ?? "-"
        if state.counts[address] == nil, state.counts.count >= mostAddresses { address = "-" }
        var count = state.counts[address] ?? Count(since: event.at)
        let isWanted = count.recorded < most
        if isWanted { count.recorded += 1 } else { count.dropped += 1 }
        state.counts[address] = count
        return isWanted
    }

    /// Takes out what is over, and what was left out meanwhile; looks once a second.
    private static func sweep(_ state: inout State, at now: Timestamp) -> [(address: String, dropped: Int)] {
        if let swept = state.swept, swept <= now, now < swept + .seconds(1) { return [] }
        state.swept = now
        let over = state.counts.filter { $0.value.since + window <= now || $0.value.since > now }
        for address in over.keys { state.counts[address] = nil }
        return over.compactMap { $0.value.dropped > 0 ? ($0.key, $0.value.dropped) : nil }
    }

    private static func summary(_ dropped: Int, of address: String, at now: Timestamp) -> AuditEvent {
        AuditEvent(
            "refusals.dropped", .denied, at: now, tenant: nil, address: address == "-" ? nil : address, details: ["count": "\(dropped)"])
    }
}

import GatehouseCore

/// Whether what was read from the store before still counts: only while the change watcher has confirmed, within `lifetime`, that
/// nothing was changed elsewhere.
struct Confirmation: Sendable {
    /// A point in the sequence of everything that was dropped: what was read before it is not put in after it.
    struct Generation: Sendable, Equatable {
        fileprivate var number: UInt64 = 0
    }

    private let lifetime: Duration
    private(set) var generation = Generation()
    /// The store's change counter, and when we last knew that it stood there.
    private var counter: Int64?
    private var confirmedAt: Timestamp?

    init(lifetime: Duration) { self.lifetime = lifetime }

    /// A confirmation from the future comes of a clock set back and counts as none.
    func holds(at now: Timestamp) -> Bool {
        guard let confirmedAt else { return false }
        return confirmedAt <= now && now < confirmedAt + lifetime
    }

    /// Something was dropped: what is being read meanwhile is not to be put in.
    mutating func advance() { generation.number &+= 1 }

    /// Whether `counter` is another than the one confirmed last.
    func hasMoved(_ counter: Int64) -> Bool { self.counter != counter }

    /// The store's counter stood at `counter` at `moment` or later; whether it stood elsewhere before, so that all has to be dropped.
    mutating func confirm(_ counter: Int64, at moment: Timestamp) -> Bool {
        defer { (self.counter, confirmedAt) = (counter, moment) }
        guard hasMoved(counter) else { return false }
        advance()
        return true
    }
}

import GatehouseCore
import Synchronization

/// Since when nobody has been able to say whether a credential still stands.
final class Doubt: Sendable {
    /// One store read that fails ends nothing; what cannot be confirmed for longer ends all the same.
    private static let patience = Duration.seconds(4)

    private let since = Mutex<Timestamp?>(nil)

    /// Somebody said.
    func clear() { since.withLock { $0 = nil } }

    /// Nobody could say when asked at `start`; whether that has gone on for too long at `now`.
    func persists(from start: Timestamp, to now: Timestamp) -> Bool {
        since.withLock { since in
            let first = since ?? start
            since = first
            return now - first >= Self.patience
        }
    }
}

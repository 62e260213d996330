import GatehouseCore
import Synchronization

/// What was looked up before, in front of the store; may be lost at any moment, and counts only while it is confirmed.
final class LookUpCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var values: [Key: Value] = [:]
        var confirmation: Confirmation

        mutating func takeAll() -> [Key: Value] {
            let all = values
            values = [:]
            return all
        }
    }

    private let capacity: Int
    private let state: Mutex<State>

    init(_ limits: SessionLimits) {
        capacity = limits.cacheCapacity
        state = Mutex(State(confirmation: Confirmation(lifetime: limits.cacheConfirmation)))
    }

    func value(_ key: Key, at now: Timestamp) -> Value? {
        state.withLock { state in state.confirmation.holds(at: now) ? state.values[key] : nil }
    }

    var generation: Confirmation.Generation { state.withLock { $0.confirmation.generation } }

    /// Puts in what was read after `generation` was taken, unless something was dropped since.
    func insert(_ value: Value, for key: Key, readAt generation: Confirmation.Generation) {
        // What is no longer held is freed when the lock is open again.
        _ = state.withLock { state -> ([Key: Value], Value?) in
            guard state.confirmation.generation == generation else { return ([:], nil) }
            let dropped = state.values.count >= capacity ? state.takeAll() : [:]
            return (dropped, state.values.updateValue(value, forKey: key))
        }
    }

    func drop(_ key: Key) {
        _ = state.withLock { state in
            state.confirmation.advance()
            return state.values.removeValue(forKey: key)
        }
    }

    func dropAll() {
        _ = state.withLock { state in
            state.confirmation.advance()
            return state.takeAll()
        }
    }

    /// The store's counter stood at `counter` at `moment` or later; drops everything if it stood elsewhere before.
    func confirm(_ counter: Int64, at moment: Timestamp) {
        _ = state.withLock { state in state.confirmation.confirm(counter, at: moment) ? state.takeAll() : [:] }
    }
}

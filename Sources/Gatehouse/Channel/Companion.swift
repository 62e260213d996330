import Synchronization

/// A second strand of work for one request, ended with it: a body that goes on being sent while the response comes.
package final class Companion: Sendable {
    typealias Work = @Sendable () async -> Void

    private enum State {
        /// No work yet; the strand may be waiting for it.
        case waiting(CheckedContinuation<Work?, Never>?)
        case given(Work)
        case done
    }

    private let state = Mutex(State.waiting(nil))

    /// Hands over the work; it starts at once. Only the first piece is taken, and none after the end of the request.
    package func start(_ work: @escaping @Sendable () async -> Void) {
        let waiter: CheckedContinuation<Work?, Never>? = state.withLock { state in
            guard case .waiting(let waiter) = state else { return nil }
            state = waiter == nil ? .given(work) : .done
            return waiter
        }
        waiter?.resume(returning: work)
    }

    /// Waits for work and does it.
    func run() async {
        let work = await withCheckedContinuation { continuation in
            let ready: Work?? = state.withLock { state in
                switch state {
                case .waiting:
                    state = .waiting(continuation)
                    return .none
                case .given(let work):
                    state = .done
                    return .some(work)
                case .done: return .some(nil)
                }
            }
            if let ready { continuation.resume(returning: ready) }
        }
        await work?()
    }

    /// Takes no work any more.
    func finish() {
        let waiter: CheckedContinuation<Work?, Never>? = state.withLock { state in
            defer { if case .waiting = state { state = .done } }
            guard case .waiting(let waiter) = state else { return nil }
            return waiter
        }
        waiter?.resume(returning: nil)
    }
}

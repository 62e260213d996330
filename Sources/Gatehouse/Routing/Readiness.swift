import GatehouseCore
import Synchronization

/// Something that must work before the gateway is ready.
public struct ReadinessCheck: Sendable {
    public let name: String
    /// `nil` when all is well, else what is wrong, in words that an anonymous client may read.
    public let check: @Sendable () async -> String?

    public init(_ name: String, _ check: @escaping @Sendable () async -> String?) {
        self.name = name
        self.check = check
    }
}

/// The checks as they stand when the server starts, and what they found last, good or bad.
final class Readiness: Sendable {
    typealias Results = [String: String]
    private typealias Waiter = CheckedContinuation<Results?, Never>

    private struct State {
        var checks: [ReadinessCheck] = []
        var found: (results: Results, at: Timestamp)?
        /// Those who wait for the one that runs the checks; `nil` where nobody does.
        var waiters: [Waiter]?
    }

    private enum Step {
        case answer(Results)
        case run([ReadinessCheck])
        case wait
    }

    private let state = Mutex(State())

    func replace(_ checks: [ReadinessCheck]) {
        state.withLock { state in
            state.checks = checks
            state.found = nil
        }
    }

    /// What was found within the last second, else what `run` finds now; however many ask, it runs once at a time.
    func results(at now: Timestamp, _ run: ([ReadinessCheck]) async -> Results) async -> Results {
        while true {
            switch next(at: now) {
            case .answer(let results): return results
            case .wait: if let results = await wait() { return results }
            case .run(let checks):
                let results = await run(checks)
                // Checks of somebody who went away may say anything.
                finish(Task.isCancelled ? nil : results, at: now)
                return results
            }
        }
    }

    private func next(at now: Timestamp) -> Step {
        state.withLock { state in
            if let found = state.found, found.at <= now, now < found.at + .seconds(1) { return .answer(found.results) }
            if state.waiters != nil { return .wait }
            state.waiters = []
            return .run(state.checks)
        }
    }

    /// What the one who runs the checks finds; `nil` where that has ended or was given up.
    private func wait() async -> Results? {
        await withCheckedContinuation { waiter in
            let isLate = state.withLock { state in
                state.waiters?.append(waiter)
                return state.waiters == nil
            }
            if isLate { waiter.resume(returning: nil) }
        }
    }

    private func finish(_ results: Results?, at now: Timestamp) {
        let waiters = state.withLock { state in
            if let results { state.found = (results, now) }
            defer { state.waiters = nil }
            return state.waiters ?? []
        }
        for waiter in waiters { waiter.resume(returning: results) }
    }
}

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

/// The checks as they stand when the server starts, and what they found last.
final class Readiness: Sendable {
    private struct State {
        var checks: [ReadinessCheck] = []
        var found: (results: [String: String], at: Timestamp)?
    }

    private let state = Mutex(State())

    func replace(_ checks: [ReadinessCheck]) { state.withLock { $0 = State(checks: checks) } }

    /// What was found within the last second and was good, else what `run` finds now.
    func results(at now: Timestamp, _ run: ([ReadinessCheck]) async -> [String: String]) async -> [String: String] {
        let (checks, found) = state.withLock { ($0.checks, $0.found) }
        if let found, found.at <= now, now < found.at + .seconds(1) { return found.results }
        let results = await run(checks)
        if results.values.allSatisfy({ $0 == "ok" }) { state.withLock { $0.found = (results, now) } }
        return results
    }
}

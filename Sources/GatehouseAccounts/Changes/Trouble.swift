public import GatehouseCore
import Synchronization

/// Something in the background that no longer works, or works again.
public struct Trouble: Sendable {
    public enum Activity: String, Sendable, Hashable {
        case changeWatcher = "change_watcher"
        case pruning
        case signingKeyRotation = "signing_key_rotation"
    }

    public let task: Activity
    /// What it failed with; `nil` when it works again.
    public let error: GatehouseError?
}

/// Reports a background task's failures once, and their end.
final class TroubleReports: Sendable {
    private let task: Trouble.Activity
    private let report: @Sendable (Trouble) -> Void
    private let isFailing = Mutex(false)

    init(_ task: Trouble.Activity, _ environment: Environment) {
        self.task = task
        report = environment.onTrouble
    }

    /// Runs `body`; what fails is tried again by the next run.
    func run(_ body: () async throws(GatehouseError) -> Void) async {
        do throws(GatehouseError) {
            try await body()
            if replaceIsFailing(by: false) { report(Trouble(task: task, error: nil)) }
        } catch {
            // Who is being shut down has not failed.
            guard !Task.isCancelled else { return }
            if !replaceIsFailing(by: true) { report(Trouble(task: task, error: error)) }
        }
    }

    private func replaceIsFailing(by new: Bool) -> Bool {
        isFailing.withLock { isFailing in
            defer { isFailing = new }
            return isFailing
        }
    }
}

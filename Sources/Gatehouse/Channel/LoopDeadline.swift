package import NIOCore

/// One deadline on an event loop that is moved far more often than it is met; moving it later costs no timer.
package final class LoopDeadline {
    private let eventLoop: any EventLoop
    private let onExpiry: () -> Void
    private var deadline: NIODeadline?
    private var timer: (fires: NIODeadline, task: Scheduled<Void>)?

    package init(on eventLoop: any EventLoop, onExpiry: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.onExpiry = onExpiry
    }

    /// Calls `onExpiry` after `time` unless the deadline is moved or cleared before.
    package func set(in time: TimeAmount) {
        let deadline = NIODeadline.now() + time
        self.deadline = deadline
        if let timer, timer.fires <= deadline { return }
        timer?.task.cancel()
        schedule(deadline)
    }

    package func clear() { deadline = nil }

    /// Also forgets `onExpiry`'s timer; to be called when the channel has closed.
    package func stop() {
        deadline = nil
        timer?.task.cancel()
        timer = nil
    }

    private func schedule(_ time: NIODeadline) {
        timer = (time, eventLoop.assumeIsolated().scheduleTask(deadline: time) { self.fire() })
    }

    private func fire() {
        timer = nil
        guard let deadline else { return }
        if NIODeadline.now() < deadline { return schedule(deadline) }
        self.deadline = nil
        onExpiry()
    }
}

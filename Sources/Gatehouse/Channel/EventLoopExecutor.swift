public import NIOCore

/// Runs tasks on one event loop, so that a request never leaves its connection's thread.
///
/// The consequence: nothing that blocks may run in a handler; it goes to a thread pool.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        eventLoop.execute { job.runSynchronously(on: executor) }
    }
}

extension EventLoop {
    /// Runs `body` on this loop: at once where the caller is on it already, else after a hop.
    @inlinable package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        inEventLoop ? try body() : try await submit(body).get()
    }

    /// Runs `body` on this loop without waiting for it: at once where the caller is on it already.
    @inlinable package func perform(_ body: @escaping @Sendable () -> Void) {
        if inEventLoop { body() } else { execute(body) }
    }
}

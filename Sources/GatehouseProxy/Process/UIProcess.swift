public import GatehouseCore
public import Logging
public import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// A UI program that Gatehouse starts, watches, starts again and ends.
///
/// It listens on a port of 127.0.0.1 that is chosen here and handed over as `{port}` in its arguments, as `PORT` and as
/// `STREAMLIT_SERVER_PORT/_ADDRESS/_HEADLESS`; it finds the API in `GATEHOUSE_API_URL`. If any process of its group listens
/// on anything but loopback the group is ended and `run()` throws (Linux; elsewhere the system does not tell).
///
/// Its process group ends with this process, also after `kill -9`. Place the service *before* the server in a `ServiceGroup`:
/// services end in reverse order, so the UI is there until the last request has been answered.
public final class UIProcess: Service {
    /// What the UI is doing.
    public enum State: Sendable, Hashable {
        /// Started, but it does not answer yet; or about to be started again.
        case starting
        /// It answered HTTP on its port.
        case ready
        /// Given up; the reason is for the operator.
        case failed(String)
        /// Ended because Gatehouse ends.
        case stopped
    }

    /// How patient the supervision is.
    public struct Settings: Sendable {
        /// Until the first HTTP answer; then the start counts as failed.
        public var startTimeout: Duration
        /// Between two looks at a UI that is starting.
        public var startInterval: Duration
        /// Between two looks at the sockets of a UI that is ready.
        public var watchInterval: Duration
        /// From SIGTERM to SIGKILL; whole seconds count where the watcher does it.
        public var stopGrace: Duration
        public var restarts: RestartPolicy

        public init(
            startTimeout: Duration = .seconds(60), startInterval: Duration = .milliseconds(100),
            watchInterval: Duration = .seconds(5), stopGrace: Duration = .seconds(5), restarts: RestartPolicy = RestartPolicy()
        ) {
            self.startTimeout = startTimeout
            self.startInterval = startInterval
            self.watchInterval = watchInterval
            self.stopGrace = stopGrace
            self.restarts = restarts
        }
    }

    /// The port of 127.0.0.1 that the UI was told to use; the same for every start.
    public let port: Int
    let command: UICommand
    let environment: UIEnvironment
    let settings: Settings
    let logger: Logger
    let probe: ReadinessProbe
    private let output: @Sendable (String) -> Void
    private let current = Mutex(State.starting)

    /// Chooses the port; nothing is started before `run()`.
    ///
    /// - Parameters:
    ///   - environment: what the UI inherits, less every `GATEHOUSE_…` name and `secretNames`.
    ///   - secretNames: names whose values are secrets of the gateway: those of `{ env: }` and of `.env`.
    ///   - apiURL: the value of `GATEHOUSE_API_URL`.
    ///   - output: takes each line that the UI prints, free of control characters; the logger by default.
    ///
    /// Throws `ui_failed` when no port can be had.
    public init(
        command: UICommand, environment: [String: String], secretNames: Set<String>, apiURL: String, settings: Settings = Settings(),
        eventLoopGroup: any EventLoopGroup, logger: Logger, output: (@Sendable (String) -> Void)? = nil
    ) async throws(GatehouseError) {
        do {
            port = try await ReadinessProbe.freePort(eventLoopGroup)
        } catch {
            throw GatehouseError(.uiFailed, "No port of 127.0.0.1 is free for the UI.", cause: error)
        }
        self.command = command
        self.environment = UIEnvironment(inheriting: environment, without: secretNames, port: port, apiURL: apiURL)
        self.settings = settings
        self.logger = logger
        self.output = output ?? { line in logger.info("ui | \(line)") }
        probe = ReadinessProbe(port: port, eventLoopGroup: eventLoopGroup)
    }

    /// Where the UI answers, such as `http://127.0.0.1:40123`.
    public var url: String { "http://127.0.0.1:\(port)" }

    public var state: State { current.withLock { $0 } }

    func enter(_ state: State) { current.withLock { $0 = state } }

    func show(_ line: String) { output(line) }

    /// Keeps the UI running until graceful shutdown, then ends its process group: SIGTERM, after the grace SIGKILL.
    ///
    /// Throws `ui_failed` when it cannot be started, listens on more than loopback, or failed too often.
    public func run() async throws {
        do {
            try await superviseRestarts()
            enter(.stopped)
        } catch {
            enter(.failed((error as? GatehouseError)?.message ?? "\(error)"))
            throw error
        }
    }

    private func superviseRestarts() async throws {
        let program = try await resolvedProgram()
        var restarts = Restarts(settings.restarts)
        while !isEnding {
            enter(.starting)
            let started = ContinuousClock.now
            let reason: String
            do {
                reason = try await runOnce(program: program)
            } catch  where isEnding {
                return
            }
            if isEnding { return }
            enter(.starting)
            guard let delay = restarts.delay(afterRunning: ContinuousClock.now - started) else {
                throw GatehouseError(
                    .uiFailed,
                    "The UI failed \(restarts.failures) times in a row, at last: \(reason). Mend “\(command.program)” and start again.")
            }
            logger.warning("The UI ended: \(reason). It is started again.", metadata: ["gate.delay": "\(delay)"])
            // Graceful shutdown cuts the wait short; the loop's condition then ends it.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: delay) }
        }
    }

    private var isEnding: Bool { Task.isCancelled || Task.isShuttingDownGracefully }
}

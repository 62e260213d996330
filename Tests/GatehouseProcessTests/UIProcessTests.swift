import Foundation
import GatehouseCore
import GatehouseProxy
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

/// A UI process inside the test, run as the server runs it.
struct RunningUI {
    let process: UIProcess
    let printed: Printed
    let group: ServiceGroup

    init(
        _ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment, secretNames: Set<String> = [],
        settings: UIProcess.Settings = Self.quick, others: (UIProcess, Printed) -> [any Service] = { _, _ in [] }
    ) async throws {
        let printed = Printed()
        let logger = Logger(label: "ui") { _ in SwiftLogNoOpLogHandler() }
        process = try await UIProcess(
            command: UICommand(words: words), environment: environment, secretNames: secretNames, apiURL: "http://127.0.0.1:9/api",
            settings: settings, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            output: { printed.append(line: $0) })
        self.printed = printed
        group = ServiceGroup(services: [process] + others(process, printed), logger: logger)
    }

    static let quick = UIProcess.Settings(
        startTimeout: .seconds(60), startInterval: .milliseconds(20), watchInterval: .milliseconds(50), stopGrace: .seconds(1),
        restarts: RestartPolicy(initialDelay: .milliseconds(10), failuresToGiveUp: 3, stableAfter: .seconds(600)))

    /// Runs the UI beside `body` and ends it gracefully afterwards.
    func whileRunning(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                try await body()
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Runs the UI until it fails; what it failed with.
    func failure() async throws -> GatehouseError {
        try #require(await #expect(throws: GatehouseError.self) { try await group.run() })
    }

    func becomesReady() async -> Bool { await eventually { process.state == .ready ? true : nil } ?? false }
}

/// Ends when asked to, after `drain`, as a server does.
struct DrainingService: Service {
    let drain: @Sendable () -> Void

    func run() async throws {
        try await gracefulShutdown()
        drain()
    }
}

@Suite struct UIProcessTests {
    @Test func `a UI gets its port in every form, the address of the API and no other name of ours`() async throws {
        let ui = try await RunningUI(
            try PythonUI.words("--bind=127.0.0.1:{port}", "{port}", "$HOME"),
            environment: ProcessInfo.processInfo.environment.merging([
                "GATEHOUSE_MASTER_KEY": "k", "gatehouse_store": "s", "GATEHOUSE_API_URL": "http://elsewhere", "OIDC_SECRET": "hush",
                "PORT": "1", "KEPT": "yes", "BASH_FUNC_x%%": "() { :; }",
            ]) { _, new in new }, secretNames: ["OIDC_SECRET"])
        try await ui.whileRunning {
            let environment = try JSONDecoder().decode([String: String].self, from: Data(try await ui.printed.line("environment ").utf8))
            #expect(environment.keys.filter { $0.uppercased().hasPrefix("GATEHOUSE") } == ["GATEHOUSE_API_URL"])
            #expect(environment["GATEHOUSE_API_URL"] == "http://127.0.0.1:9/api")
            #expect(environment["OIDC_SECRET"] == nil)
            #expect(environment["BASH_FUNC_x%%"] == nil)
            #expect(environment["KEPT"] == "yes")
            #expect(environment["PORT"] == "\(ui.process.port)")
            #expect(environment["STREAMLIT_SERVER_PORT"] == "\(ui.process.port)")
            #expect(environment["STREAMLIT_SERVER_ADDRESS"] == "127.0.0.1")
            #expect(environment["STREAMLIT_SERVER_HEADLESS"] == "true")
            #expect(environment.keys.filter { $0.contains("CORS") || $0.contains("XSRF") }.isEmpty)
            let arguments = try await ui.printed.line("arguments ")
            #expect(arguments == #"["--bind=127.0.0.1:\#(ui.process.port)", "\#(ui.process.port)", "$HOME"]"#)
            #expect(try await ui.printed.line("stdin ") == #""""#)
            #expect(try await ui.printed.line("interrupt ") == "True")
            #expect(try await ui.printed.line("descriptors ") == "[0, 1, 2]")
        }
    }

    @Test func `a UI is ready when it answers HTTP, and stopped with its whole group at graceful shutdown`() async throws {
        let ui = try await RunningUI(try PythonUI.words())
        #expect(ui.process.state == .starting)
        var members: [Int32] = []
        try await ui.whileRunning {
            #expect(await ui.becomesReady())
            members = [try await ui.printed.process("me "), try await ui.printed.process("child ")]
            #expect(members.allSatisfy(isRunning))
            #expect(ui.process.url == "http://127.0.0.1:\(ui.process.port)")
        }
        #expect(ui.process.state == .stopped)
        #expect(ui.printed.all("goodbye").count == 1)
        #expect(await allEnd(members))
    }

    @Test func `a UI that ignores SIGTERM is killed after the grace`() async throws {
        let ui = try await RunningUI(try PythonUI.words("--stubborn"))
        var members: [Int32] = []
        try await ui.whileRunning {
            #expect(await ui.becomesReady())
            members = [try await ui.printed.process("me "), try await ui.printed.process("child ")]
        }
        #expect(ui.process.state == .stopped)
        #expect(await allEnd(members))
    }

    @Test(arguments: [("--address", "0.0.0.0", "0.0.0.0:"), ("--address", "::", "[::]:"), ("--child-address", "0.0.0.0", "0.0.0.0:")])
    func `a UI that listens on more than loopback is stopped at once and the reason says where`(
        option: String, address: String, shown: String
    ) async throws {
        let ui = try await RunningUI(try PythonUI.words(option, address))
        let error = try await ui.failure()
        #expect(error.code == .uiFailed)
        #expect(error.message.contains("listens on \(shown)"))
        #expect(ui.process.state == .failed(error.message))
        #expect(await allEnd([try await ui.printed.process("me "), try await ui.printed.process("child ")]))
    }

    @Test func `a UI that is killed is started again on the same port`() async throws {
        let ui = try await RunningUI(try PythonUI.words())
        try await ui.whileRunning {
            #expect(await ui.becomesReady())
            let first = [try await ui.printed.process("me "), try await ui.printed.process("child ")]
            kill(first[0], SIGKILL)
            let second = try await ui.printed.process("me ", count: 2)
            #expect(second != first[0])
            #expect(await ui.becomesReady())
            #expect(await allEnd(first))
        }
    }

    @Test func `a UI that fails again and again is given up with its last words kept`() async throws {
        let ui = try await RunningUI(["python3", "-c", "for n in range(2000): print('word', n)\nraise SystemExit(3)"])
        let error = try await ui.failure()
        #expect(error.code == .uiFailed)
        #expect(error.message.contains("3 times"))
        #expect(error.message.contains("exit status 3"))
        #expect(ui.process.state == .failed(error.message))
        #expect(ui.printed.all("word 1999").count == 3)
    }

    @Test(arguments: [["gatehouse-no-such-program"], ["/nowhere/at/all"], ["/etc/passwd"], ["/"]])
    func `a UI whose program cannot be run is not tried again`(words: [String]) async throws {
        let ui = try await RunningUI(words, settings: .init(restarts: RestartPolicy(initialDelay: .seconds(600))))
        let error = try await ui.failure()
        #expect(error.code == .uiFailed)
        #expect(error.message.contains("“\(words[0])”"))
    }

    @Test func `a UI that never answers counts as failed`() async throws {
        var settings = RunningUI.quick
        settings.startTimeout = .milliseconds(300)
        settings.restarts.failuresToGiveUp = 1
        let ui = try await RunningUI(try PythonUI.words("--deaf"), settings: settings)
        let error = try await ui.failure()
        #expect(error.message.contains("none of its processes listened on 127.0.0.1:\(ui.process.port)"))
    }

    @Test func `somebody else's server on the port does not make the UI ready`() async throws {
        var settings = RunningUI.quick
        settings.startTimeout = .milliseconds(500)
        settings.restarts.failuresToGiveUp = 1
        let ui = try await RunningUI(try PythonUI.words("--deaf"), settings: settings)
        let squatter = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: ui.process.port).get()
        let error = try await ui.failure()
        #expect(error.code == .uiFailed)
        #expect(error.message.contains("none of its processes listened"))
        try await squatter.close()
    }

    @Test func `what a UI prints comes line by line, free of control sequences and of endless lines`() async throws {
        let program = #"""
            import sys, time
            sys.stdout.write("\x1b[1;34mblue\x1b[0m\tbell\x07 back\r\n" + "é" * 10000 + "\n")
            sys.stderr.write("to stderr\nno end")
            """#
        var settings = RunningUI.quick
        settings.restarts.failuresToGiveUp = 1
        let ui = try await RunningUI(["python3", "-c", program], settings: settings)
        _ = try await ui.failure()
        #expect(ui.printed.all("blue") == ["\tbell back"])
        #expect(ui.printed.all("to stderr").count == 1)
        #expect(ui.printed.all("no end").count == 1)
        #expect(ui.printed.text.split(separator: "\n").allSatisfy { $0.utf8.count <= 8 * 1024 + 16 })
    }

    @Test func `shutdown does not wait for the back-off`() async throws {
        let ui = try await RunningUI(
            ["python3", "-c", "print('once')"],
            settings: .init(restarts: RestartPolicy(initialDelay: .seconds(600), maximumDelay: .seconds(600))))
        try await ui.whileRunning { _ = try await ui.printed.line("once") }
        #expect(ui.process.state == .stopped)
    }

    @Test func `the UI outlives the drain of a service placed after it`() async throws {
        let drained = Printed()
        let ui = try await RunningUI(try PythonUI.words()) { process, printed in
            [DrainingService { drained.append(line: "\(process.state) \(printed.all("goodbye").count)") }]
        }
        try await ui.whileRunning { #expect(await ui.becomesReady()) }
        #expect(drained.text == "ready 0\n")
        #expect(ui.printed.all("goodbye").count == 1)
    }
}

import GatehouseCore
import Logging
import ServiceLifecycle
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The process group of the UI as it runs.
private typealias RunningGroup = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

extension UIProcess {
    /// How one run of the UI ended.
    enum Ending: Sendable {
        case byItself
        /// It did not answer in time and was ended.
        case unanswering(String)
        /// It did what we do not allow and was killed.
        case refused(GatehouseError)
    }

    /// What happens while the UI runs.
    enum Event: Sendable {
        case leaderGone
        case unanswering(String)
        case refused(GatehouseError)
        case shutdownAsked
        case graceOver
        /// A task was cancelled.
        case nothing
    }

    /// The path of the program, searched for on the `PATH` that the UI will have. Throws `ui_failed` when there is none.
    func resolvedProgram() async throws(GatehouseError) -> String {
        guard !command.program.contains("/") else { return command.program }
        do {
            return try await Executable.name(command.program).resolveExecutablePath(in: subprocessEnvironment).string
        } catch {
            throw GatehouseError(
                .uiFailed, "The UI's program “\(command.program)” is not on PATH: install it or give its full path.", cause: error)
        }
    }

    private var subprocessEnvironment: Environment {
        var values: [Environment.Key: String] = [:]
        for (name, value) in environment.variables {
            if let key = Environment.Key(rawValue: name) { values[key] = value }
        }
        return .custom(values)
    }

    /// Runs the UI once and says how it ended; throws `ui_failed` for what starting it again would not mend.
    func runOnce(program: String) async throws -> String {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: settings.stopGrace)]
        let arguments = ProcessGroup.arguments(
            program: program, arguments: command.arguments(port: port), grace: settings.stopGrace)
        let result: ExecutionResult<Ending, SequenceOutput, SequenceOutput>
        do {
            result = try await Subprocess.run(
                .path(FilePath(ProcessGroup.shell)), arguments: Arguments(arguments), environment: subprocessEnvironment,
                platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
            ) { group in
                await attend(group)
            }
        } catch let error as SubprocessError {
            throw GatehouseError(.uiFailed, "The UI's process could not be started or watched.", cause: error)
        }
        switch result.closureResult {
        case .byItself: return try Self.reason(of: result.terminationStatus, program: program)
        case .unanswering(let reason): return reason
        case .refused(let error): throw error
        }
    }

    /// 126 and 127 are the shell's words for a program that cannot be executed or is not there.
    private static func reason(of status: TerminationStatus, program: String) throws(GatehouseError) -> String {
        switch status {
        case .exited(126):
            throw GatehouseError(.uiFailed, "The UI's program “\(program)” cannot be executed: check its permissions.")
        case .exited(127):
            throw GatehouseError(.uiFailed, "The UI's program “\(program)” was not found: correct the path.")
        case .exited(let code): return "exit status \(code)"
        case .signaled(let signal): return "signal \(signal)"
        }
    }

    /// Passes on the output and supervises until the group's leader has gone, then kills what is left of the group.
    ///
    /// The leader holds both output pipes, so they end with it and not before. It is not reaped before this returns: its
    /// number still names the group.
    private func attend(_ group: RunningGroup) async -> Ending {
        defer { try? group.send(signal: .kill, toProcessGroup: true) }
        return await withTaskGroup(of: Event.self) { tasks in
            tasks.addTask {
                async let errors: Void = self.pass(group.standardError)
                await self.pass(group.standardOutput)
                await errors
                return .leaderGone
            }
            tasks.addTask { await self.supervise(group: group.processIdentifier.value) }
            tasks.addTask { await Self.shutdownAsked() }
            defer { tasks.cancelAll() }
            var ending = Ending.byItself
            while let event = await tasks.next() {
                switch event {
                case .leaderGone: return ending
                case .unanswering(let reason): ending = .unanswering(reason)
                case .refused(let error): ending = .refused(error)
                case .shutdownAsked, .graceOver, .nothing: break
                }
                switch event {
                case .unanswering, .shutdownAsked:
                    try? group.send(signal: .terminate, toProcessGroup: true)
                    tasks.addTask { await self.graceOver() }
                case .refused, .graceOver: try? group.send(signal: .kill, toProcessGroup: true)
                case .leaderGone, .nothing: break
                }
            }
            return ending
        }
    }

    private static func shutdownAsked() async -> Event {
        do {
            try await gracefulShutdown()
            return .shutdownAsked
        } catch {
            return .nothing
        }
    }

    private func graceOver() async -> Event {
        do {
            try await Task.sleep(for: settings.stopGrace)
            return .graceOver
        } catch {
            return .nothing
        }
    }

    private func pass(_ bytes: SubprocessOutputSequence) async {
        var lines = OutputLines()
        do {
            for try await buffer in bytes {
                buffer.withUnsafeBytes { lines.append($0) }.forEach(show)
            }
        } catch {
            logger.warning("The UI's output cannot be read any more.", metadata: ["gate.error": "\(error)"])
        }
        if let rest = lines.finish() { show(rest) }
    }
}

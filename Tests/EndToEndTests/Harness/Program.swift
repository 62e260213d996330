import Foundation

/// A program that a test started, with its output in a file.
final class Program: Sendable {
    private let process: Process
    let log: Log

    /// What a program printed so far, on both its streams.
    struct Log: Sendable {
        let path: String
        var text: String { (try? Data(contentsOf: URL(fileURLWithPath: path))).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    }

    /// Starts it in `folder` with nothing in its environment but what a shell needs and `environment`.
    ///
    /// - Parameter output: the file for standard output where that is wanted apart from the log.
    init(
        _ path: String, _ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: String? = nil,
        log name: String, output: String? = nil
    ) throws {
        log = Log(path: folder.file(name))
        let errors = try Self.file(log.path)
        let output = try output.map { try Self.file(folder.file($0)) } ?? errors
        let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG", "TMPDIR"].contains($0.key) }
        process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = inherited.merging(environment) { _, given in given }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.standardInput = FileHandle.nullDevice
        if let input {
            let path = try folder.write(input, to: name + ".input")
            guard let handle = FileHandle(forReadingAtPath: path) else { throw Failure("the input \(path) cannot be read") }
            process.standardInput = handle
        }
        process.standardOutput = output
        process.standardError = errors
        try Self.withoutBlockedSignals { try process.run() }
    }

    private static func file(_ path: String) throws -> FileHandle {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure("the file \(path) cannot be written") }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    /// A child inherits the signals that its starter's thread blocks, and those of the tests block SIGTERM.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) {
        if process.isRunning { kill(id, signal) }
    }

    /// The exit status once it has ended: 128 and the number for a signal. Ends it for good and throws when that takes longer than `limit`.
    @discardableResult
    func ended(within limit: Duration = .seconds(20)) async throws -> Int32 {
        guard await soon(within: limit, { !process.isRunning }) else {
            send(SIGKILL)
            throw Failure("\(process.executableURL?.lastPathComponent ?? "the program") is still running after \(limit):\n\(log.text)")
        }
        return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
    }
}

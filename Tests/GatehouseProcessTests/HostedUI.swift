import Foundation
import Synchronization
import Testing

/// A `ui-process-host` program as a child of the test, with the lines that it printed.
final class HostedUI: Sendable {
    private let process = Process()
    let printed = Printed()

    /// Starts the host of a UI with these words as its command.
    init(_ words: [String], environment: [String: String] = [:]) throws {
        process.executableURL = Self.executable
        process.arguments = words
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        pipe.fileHandleForReading.readabilityHandler = { [printed] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil } else { printed.append(data) }
        }
        try process.run()
    }

    deinit { send(SIGKILL) }

    /// The program stands beside the test bundle.
    private static var executable: URL {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("ui-process-host")
    }

    func send(_ signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// The exit status once the host has ended; 128 and the number for a signal.
    func ended() async throws -> Int32 {
        let status: Int32? = await eventually {
            guard !self.process.isRunning else { return nil }
            return self.process.terminationReason == .uncaughtSignal ? 128 + self.process.terminationStatus : self.process.terminationStatus
        }
        return try #require(status, "the host is still running: \(printed.text)")
    }
}

/// Lines that a UI or a host printed so far.
final class Printed: Sendable {
    private let data = Mutex(Data())

    func append(_ more: Data) { data.withLock { $0.append(more) } }
    func append(line: String) { append(Data("\(line)\n".utf8)) }

    var text: String { String(decoding: data.withLock { $0 }, as: UTF8.self) }

    /// What follows `prefix` in the lines that start with it.
    func all(_ prefix: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    /// The same for the `count`th such line, once it is there.
    func line(_ prefix: String, count: Int = 1) async throws -> String {
        let found: String? = await eventually { self.all(prefix).dropFirst(count - 1).first }
        return try #require(found, "“\(prefix)” was not printed \(count) times, but: \(text)")
    }

    /// The process number that a line gives.
    func process(_ prefix: String, count: Int = 1) async throws -> Int32 {
        try #require(Int32(try await line(prefix, count: count)))
    }
}

/// Asks again and again until `condition` gives a value; `nil` when it gave none in time.
func eventually<Value>(within limit: Duration = .seconds(90), _ condition: () async -> Value?) async -> Value? {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while clock.now < deadline {
        if let value = await condition() { return value }
        try? await clock.sleep(for: .milliseconds(10))
    }
    return nil
}

/// Whether a process runs; one that ended and waits for its parent to notice does not.
func isRunning(_ process: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let name = stat.lastIndex(of: ")") else {
        return false
    }
    return !["Z", "X"].contains(stat[stat.index(after: name)...].split(separator: " ").first)
}

/// Whether all of these processes end in time.
func allEnd(_ processes: [Int32]) async -> Bool {
    await eventually { processes.contains(where: isRunning) ? nil : true } ?? false
}

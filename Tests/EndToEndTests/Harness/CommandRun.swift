import Foundation
import Testing

/// One run of the program to its end.
struct CommandRun: Sendable {
    let status: Int32
    /// What it wrote on standard output alone.
    let printed: String
    /// What it wrote on standard error alone.
    let notes: String

    /// Both.
    var output: String { printed + notes }

    static func gatehouse(_ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: String? = nil) async throws
        -> CommandRun
    {
        let name = "command-\(UUID().uuidString)"
        let program = try Program(
            Products.gatehouse, arguments, in: folder, environment: environment, input: input, log: name + ".log", output: name + ".out")
        let status = try await program.ended()
        return CommandRun(status: status, printed: folder.text(of: name + ".out") ?? "", notes: program.log.text)
    }

    /// The same, and it has to succeed; returns the lines of standard output.
    @discardableResult
    static func lines(
        _ arguments: String..., in folder: Folder, environment: [String: String] = [:], input: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> [String] {
        let run = try await gatehouse(arguments, in: folder, environment: environment, input: input)
        try #require(run.status == 0, "\(arguments.joined(separator: " ")): \(run.output)", sourceLocation: location)
        return run.printed.split(separator: "\n").map(String.init)
    }

    /// The same as JSON.
    static func json(
        _ arguments: String..., in folder: Folder, environment: [String: String] = [:], input: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Any {
        let run = try await gatehouse(arguments + ["--json"], in: folder, environment: environment, input: input)
        try #require(run.status == 0, "\(arguments.joined(separator: " ")): \(run.output)", sourceLocation: location)
        return try JSONSerialization.jsonObject(with: Data(run.printed.utf8))
    }
}

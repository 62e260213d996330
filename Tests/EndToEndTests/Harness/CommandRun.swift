import Foundation

/// One run of the program to its end.
struct CommandRun: Sendable {
    let status: Int32
    let output: String

    static func gatehouse(_ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: String? = nil) async throws
        -> CommandRun
    {
        let name = "command-\(UUID().uuidString).log"
        let program = try Program(Products.gatehouse, arguments, in: folder, environment: environment, input: input, log: name)
        let status = try await program.ended()
        return CommandRun(status: status, output: program.log.text)
    }
}

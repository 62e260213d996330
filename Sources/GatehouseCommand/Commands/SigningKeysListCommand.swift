import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct SigningKeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the signing keys.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let keys = try await SigningKeyCommands.list(in: try file.load())
        try output.show(
            Listing(headings: ["Key", "Algorithm", "State", "Made", "Signs from", "Retired"], items: keys) {
                [$0.kid, $0.algorithm, $0.state, $0.createdAt ?? "", $0.signsFrom ?? "", $0.retiredAt ?? ""]
            })
    }
}

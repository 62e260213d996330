import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct MasterKeyRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Seal everything under a new master key while the gateways run.",
        discussion: """
            With a key file beside the database a new key is made and takes the place of the old one. With GATEHOUSE_MASTER_KEY give the \
            new and the old key there, with a comma between, to every gateway and to this command; then the old one may go.
            """)

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let outcome = try await MasterKeyCommands.rotate(in: try file.load())
        try output.show(outcome, outcome.sentence)
    }
}

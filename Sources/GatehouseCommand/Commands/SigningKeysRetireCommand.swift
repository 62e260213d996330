import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct SigningKeysRetireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Take a signing key away at once: nothing that it signed is valid any more.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "The key, as `signing-keys list` shows it.") var kid: String

    func run() async throws {
        try await SigningKeyCommands.retire(kid, in: try file.load())
        try output.show(["kid": kid], "Key \(kid) is gone, and nothing that it signed is valid.")
    }
}

import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct APIKeysRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke an API key.", discussion: "Every gateway refuses it within a second.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "The key's id, or - or @file with the id or with the whole key.") var key: SecretArgument

    func run() async throws {
        let id = try await APIKeyCommands.revoke(try key.read(), in: try file.load())
        try output.show(["id": id], "The key \(id) is revoked.")
    }
}

import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct SigningKeysImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Sign with a key of your own: a private key in PEM or as a JWK.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The algorithm, where the key does not say it.") var algorithm: String?
    @Option(name: .long, help: "The key's name; its thumbprint if not given.") var kid: String?
    @Flag(name: .long, help: "Let it sign at once.") var now = false
    @Argument(help: "The file; - for standard input.") var key: SecretArgument

    func run() async throws {
        let key = try await SigningKeyCommands.add(try key.readFile(), algorithm: algorithm, kid: kid, now: now, in: try file.load())
        try output.show(key, key.sentence)
    }
}

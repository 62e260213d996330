import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct SigningKeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a new signing key.",
        discussion: "It is published at once and signs when everybody can have seen it; what the key before it signed stays valid.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Let it sign at once.") var now = false

    func run() async throws {
        let key = try await SigningKeyCommands.rotate(now: now, in: try file.load())
        try output.show(key, key.sentence)
    }
}

extension SigningKeyCommands.Key {
    /// What has become of a new key.
    var sentence: String { state == "next" ? "Key \(kid) is published and signs from \(signsFrom ?? "now") on." : "Key \(kid) signs." }
}

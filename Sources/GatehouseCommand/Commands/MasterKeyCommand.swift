import ArgumentParser

struct MasterKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master-key", abstract: "Change the key that seals secrets in the store.",
        subcommands: [MasterKeyRotateCommand.self])
}

import ArgumentParser

struct SigningKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signing-keys", abstract: "List, rotate, retire and import the keys of our own tokens.",
        subcommands: [
            SigningKeysListCommand.self, SigningKeysRotateCommand.self, SigningKeysRetireCommand.self, SigningKeysImportCommand.self,
        ])
}

import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct UsersSetPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-password", abstract: "Set an account's password and end its sessions.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @OptionGroup var password: PasswordOptions
    @Argument(help: "The user name or e-mail address.") var username: String

    func run() async throws {
        try await AccountCommands.setPassword(
            of: username, to: try password.read(), mustChange: password.mustChange, in: try file.load())
        try output.show(["username": username], "The password is set; the account's sessions have ended.")
    }
}

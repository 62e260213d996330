import ArgumentParser
import GatehouseCommandLine
import GatehouseCore
import GatehouseServer

struct UsersCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create an account.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @OptionGroup var password: PasswordOptions
    @Argument(help: "The user name.") var username: String
    @Option(name: .long, help: "The e-mail address.") var email: String?
    @Option(name: .long, help: "The name to show.") var name: String?
    @Option(name: [.customLong("role")], help: "A role; may be given several times.") var roles: [String] = []
    @Option(name: .long, help: "The tenant; `default` if not given.") var tenant: String?

    func run() async throws {
        let account = try await AccountCommands.createUser(
            username: username, email: email, name: name, roles: Set(try roles.map { try Role(validating: $0) }),
            tenant: tenant, password: try password.read(), mustChange: password.mustChange, in: try file.load())
        try output.show(account, "Created \(account.username).")
    }
}

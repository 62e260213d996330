import ArgumentParser
import GatehouseServer

struct UsersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the accounts.")

    @OptionGroup var file: ConfigurationFile
    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() async throws {
        let accounts = try await AccountCommands.listUsers(in: try file.load())
        try Listing(headings: ["User name", "Name", "E-mail", "Roles", "State"], items: accounts) {
            [$0.username, $0.name ?? "", $0.email ?? "", $0.roles.joined(separator: ","), $0.isDisabled ? "disabled" : "active"]
        }.print(json: json)
    }
}

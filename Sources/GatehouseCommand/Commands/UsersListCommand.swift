import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct UsersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the accounts.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Only those of this tenant.") var tenant: String?

    func run() async throws {
        let accounts = try await AccountCommands.listUsers(tenant: tenant, in: try file.load())
        try output.show(
            Listing(headings: ["User name", "Name", "E-mail", "Tenant", "Roles", "State"], items: accounts) {
                [
                    $0.username, $0.name ?? "", $0.email ?? "", $0.tenant, $0.roles.joined(separator: ","),
                    $0.isDisabled ? "disabled" : "active",
                ]
            })
    }
}

import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct APIKeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the API keys.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Only those of this user.") var user: String?
    @Option(name: .long, help: "Only those of this tenant.") var tenant: String?

    func run() async throws {
        let keys = try await APIKeyCommands.list(user: user, tenant: tenant, in: try file.load())
        try output.show(
            Listing(headings: ["Key", "Name", "Owner", "Tenant", "Scopes", "State", "Ends", "Last used"], items: keys) {
                [$0.id, $0.name, $0.user, $0.tenant, $0.scopes.joined(separator: ","), $0.state, $0.expiresAt ?? "", $0.lastUsedAt ?? ""]
            })
    }
}

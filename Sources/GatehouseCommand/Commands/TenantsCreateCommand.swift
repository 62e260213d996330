import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct TenantsCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "create", abstract: "Create a tenant.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "Its stable name, such as acme.") var id: String
    @Option(name: .long, help: "The name to show; the stable name if not given.") var name: String?

    func run() async throws {
        let tenant = try await TenantCommands.create(id, name: name ?? id, in: try file.load())
        try output.show(tenant, "Created the tenant \(tenant.id).")
    }
}

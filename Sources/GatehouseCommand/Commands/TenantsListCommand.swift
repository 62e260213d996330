import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct TenantsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the tenants.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let tenants = try await TenantCommands.list(in: try file.load())
        try output.show(Listing(headings: ["Tenant", "Name"], items: tenants) { [$0.id, $0.name] })
    }
}

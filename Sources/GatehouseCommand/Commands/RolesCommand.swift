import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct RolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles", abstract: "Define and list roles.", subcommands: [RolesDefineCommand.self, RolesListCommand.self])
}

struct RolesDefineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "define", abstract: "Make a role, or give an existing one exactly these permissions.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "The role.") var role: String
    @Option(name: [.customLong("permission")], help: "What it permits; may be given several times.") var permissions: [String] = []
    @Option(name: .long, help: "The tenant; `default` if not given.") var tenant: String?

    func run() async throws {
        let role = try await RoleCommands.define(role, permissions: permissions, tenant: tenant, in: try file.load())
        let permissions = role.permissions.isEmpty ? "nothing" : role.permissions.joined(separator: ", ")
        try output.show(role, "The role \(role.role) of \(role.tenant) permits \(permissions).")
    }
}

struct RolesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the roles and what they permit.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Only those of this tenant.") var tenant: String?

    func run() async throws {
        let roles = try await RoleCommands.list(tenant: tenant, in: try file.load())
        try output.show(
            Listing(headings: ["Tenant", "Role", "Permissions"], items: roles) { [$0.tenant, $0.role, $0.permissions.joined(separator: ",")] })
    }
}

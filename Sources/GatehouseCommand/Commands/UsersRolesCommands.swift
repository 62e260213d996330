import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

/// Which roles of whom in which tenant.
struct RoleOptions: ParsableArguments {
    @Argument(help: "The user name or e-mail address.") var username: String
    @Argument(help: "The roles.") var roles: [String]
    @Option(name: .long, help: "The tenant; the user's own if not given.") var tenant: String?

    func validate() throws {
        if roles.isEmpty { throw ValidationError("Name at least one role.") }
    }
}

struct UsersAssignRoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "assign-role", abstract: "Give an account roles in a tenant.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: RoleOptions

    func run() async throws {
        let held = try await AccountCommands.assign(options.roles, to: options.username, tenant: options.tenant, in: try file.load())
        try output.show(held, held.sentence)
    }
}

struct UsersRemoveRoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove-role", abstract: "Take roles in a tenant from an account.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: RoleOptions

    func run() async throws {
        let held = try await AccountCommands.remove(options.roles, from: options.username, tenant: options.tenant, in: try file.load())
        try output.show(held, held.sentence)
    }
}

extension AccountCommands.HeldRoles {
    fileprivate var sentence: String { "\(username) has \(roles.isEmpty ? "no role" : roles.joined(separator: ", ")) in \(tenant)." }
}

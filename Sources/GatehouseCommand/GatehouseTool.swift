import ArgumentParser

/// The program `gatehouse`.
@main struct GatehouseTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse", abstract: "One origin, one sign-in and one set of permissions for an API and its UI.",
        version: VersionCommand.version,
        subcommands: [
            ServeCommand.self, DevCommand.self, RoutesCommand.self, ExplainCommand.self, UsersCommand.self, RolesCommand.self, TenantsCommand.self,
            APIKeysCommand.self, SigningKeysCommand.self, MasterKeyCommand.self, VersionCommand.self, ConfigReferenceCommand.self,
        ])
}

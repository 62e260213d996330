import ArgumentParser

struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Create, list and mend accounts.",
        subcommands: [
            UsersCreateCommand.self, UsersListCommand.self, UsersSetPasswordCommand.self, UsersAssignRoleCommand.self,
            UsersRemoveRoleCommand.self, UsersLinkCommand.self, UsersDisableCommand.self, UsersEnableCommand.self,
        ])
}

import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct UsersDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Disable an account: its sessions end, and neither it nor its keys are let in.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "The user name or e-mail address.") var username: String

    func run() async throws {
        let account = try await AccountCommands.setDisabled(true, username, in: try file.load())
        try output.show(account, "\(account.username) is disabled.")
    }
}

struct UsersEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "enable", abstract: "Let a disabled account in again.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "The user name or e-mail address.") var username: String

    func run() async throws {
        let account = try await AccountCommands.setDisabled(false, username, in: try file.load())
        try output.show(account, "\(account.username) is enabled.")
    }
}

struct UsersLinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Link an account to the name by which a trusted proxy knows the person.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Argument(help: "The user name or e-mail address.") var username: String
    @Option(name: .long, help: "The provider, as proxy_header.provider names it.") var provider = "proxy"
    @Option(name: .long, help: "The person's name at the provider.") var subject: String

    func run() async throws {
        let account = try await AccountCommands.link(username, provider: provider, subject: subject, in: try file.load())
        try output.show(account, "\(account.username) is linked to \(subject) of \(provider).")
    }
}

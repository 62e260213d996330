import ArgumentParser
import GatehouseCommandLine
import GatehouseCore
import GatehouseServer

struct APIKeysCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create an API key; its text is the one line of standard output.",
        discussion: "A key may do what its scopes name and its owner may do at that moment; without a scope it may do nothing.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "The owner's user name or e-mail address.") var user: String
    @Option(name: .long, help: "What it is for.") var name: String
    @Option(name: [.customLong("scope")], help: "What it may do; may be given several times.") var scopes: [String] = []
    @Option(name: [.customLong("role")], help: "A role of the owner that it has; may be given several times.") var roles: [String] = []
    @Option(name: [.customLong("address")], help: "Where it may come from, such as 10.0.0.0/8; may be given several times.")
    var addresses: [String] = []
    @Option(name: .long, help: "When it ends: a time from now such as 90d, or a date such as 2027-01-31.") var expires: String?
    @Option(name: .long, help: "The tenant that it acts in; the owner's if not given.") var tenant: String?

    func run() async throws {
        let request = APIKeyCommands.Request(
            user: user, name: name, scopes: scopes, roles: roles, addresses: addresses, expires: expires, tenant: tenant)
        let created = try await APIKeyCommands.create(request, in: try file.load())
        // What is written here is the only copy.
        try created.text.expose { text in
            print(output.json ? try OutputOptions.text(Disclosed(key: created.key, text: text)) : text)
        }
        OutputOptions.note("Created the key \(created.key.id) of \(created.key.user). Its text is shown this once.")
    }

    /// The key's text beside all that may be shown again.
    private struct Disclosed: Encodable {
        let key: ListedAPIKey
        let text: String
    }
}

import ArgumentParser
import GatehouseServer

/// For this project's own `scripts/check`.
struct ConfigReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config-reference", abstract: "Print docs/configuration.md.", shouldDisplay: false)

    func run() { print(ConfigurationReference.markdown(), terminator: "") }
}

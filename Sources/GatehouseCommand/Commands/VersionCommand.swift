import ArgumentParser
import GatehouseCommandLine

struct VersionCommand: ParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var output: OutputOptions

    func run() throws { try output.show(["version": Self.version], "gatehouse \(Self.version)") }
}

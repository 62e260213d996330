import ArgumentParser
import Gatehouse
import GatehouseCommandLine
import GatehouseServer

struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "routes", abstract: "List every route and what it needs.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.show(Listing(routes: try await GatewayServer.routes(try file.load())))
    }
}

import ArgumentParser
import Gatehouse
import GatehouseServer

struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "routes", abstract: "List every route and what it needs.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let routes = try await GatewayServer.routes(try file.load())
        try output.show(
            Listing(headings: ["Methods", "Path", "Guard", "Answered by"], items: routes) {
                [$0.methods.joined(separator: ","), $0.path, $0.guardDescription, $0.target]
            })
    }
}

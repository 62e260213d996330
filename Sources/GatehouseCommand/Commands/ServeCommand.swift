import ArgumentParser
import GatehouseServer

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve everybody, behind TLS; wants an https server.public_url.")

    @OptionGroup var options: ServingOptions

    func run() async throws { try await GatewayServer.run(try options.load(), mode: .serve) }
}

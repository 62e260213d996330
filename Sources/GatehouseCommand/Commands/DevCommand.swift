import ArgumentParser
import GatehouseServer

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev", abstract: "Serve one developer: loopback, plain HTTP, a cookie without Secure.")

    @OptionGroup var options: ServingOptions

    func run() async throws { try await GatewayServer.run(try options.load(), mode: .development) }
}

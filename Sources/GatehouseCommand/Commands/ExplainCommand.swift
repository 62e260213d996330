import ArgumentParser
import GatehouseCommandLine
import GatehouseServer

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Print each rule for a request, and the answer that a client would get.",
        discussion: "Needs no running gateway and changes nothing. Credentials are best given as - or @FILE: others can read arguments.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var options: ExplainOptions
    @Flag(name: .long, help: "As `gatehouse dev` would answer, also where server.public_url is set.") var dev = false

    func run() async throws {
        let mode = dev ? Configuration.Mode.development : nil
        try options.print(try await GatewayServer.explain(try options.request(), try file.load(), mode: mode))
    }
}

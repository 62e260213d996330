import ArgumentParser
public import Gatehouse
public import Hummingbird

extension Gate {
    /// Does what the program's arguments say: without any it serves, `routes` lists the routes, `explain GET /orders --user ada` says what
    /// a request would get.
    ///
    /// Arguments that cannot be read end the program with a message and status 64, as `--help` does with status 0.
    public func main<Context: IdentityRequestContext>(
        _ router: GateRouter<Context>, host: String = "127.0.0.1", port: Int = 8080,
        arguments: [String] = Array(CommandLine.arguments.dropFirst())
    ) async throws where Context.Source == ApplicationRequestContextSource {
        switch Self.command(arguments) {
        case let routes as ApplicationCommand.Routes: try routes.output.show(Listing(routes: try self.routes(on: router)))
        case let explain as ApplicationCommand.Explain:
            try explain.options.print(try await self.explain(try explain.options.request(), on: router))
        default: try await application(router, host: host, port: port).runService()
        }
    }

    private static func command(_ arguments: [String]) -> any ParsableCommand {
        do {
            return try ApplicationCommand.parseAsRoot(arguments)
        } catch {
            ApplicationCommand.exit(withError: error)
        }
    }
}

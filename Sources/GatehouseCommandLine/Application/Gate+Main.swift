import ArgumentParser
public import Gatehouse
public import Hummingbird
import Logging
import ServiceLifecycle
import UnixSignals

extension Gate {
    /// A whole program: does what its arguments say with the routes that `routes` makes.
    ///
    /// Without arguments it serves until SIGINT or SIGTERM. `routes` lists the routes without a look at the store;
    /// `explain GET /orders --user ada` says what a request would get, of a store that is read and not changed. Both call `routes` too.
    ///
    /// Ends the program with status 64 where the arguments cannot be read, with 1 and the error's message on standard error where
    /// something else fails, such as the start, and with 0 behind `--help`.
    ///
    /// - Parameters:
    ///   - store: such as `.sqlite("orders.db")`.
    ///   - publicURL: such as `https://app.example.com`; `nil` means loopback alone, over plain HTTP.
    ///   - drainTimeout: how long requests in flight may take after SIGTERM.
    ///   - routes: makes the router of the gate that it is given.
    public static func main<Context: IdentityRequestContext>(
        store: StoreAddress, publicURL: String? = nil, settings: GateSettings = GateSettings(), host: String = "127.0.0.1", port: Int = 8080,
        drainTimeout: Duration = .seconds(30), arguments: [String] = Array(CommandLine.arguments.dropFirst()),
        routes: @Sendable (Gate) async throws -> GateRouter<Context>
    ) async where Context.Source == ApplicationRequestContextSource {
        do {
            switch try ApplicationCommand.parseAsRoot(arguments) {
            case is ApplicationCommand.Serve:
                let gate = try await Gate(store: try store.open(), publicURL: publicURL, settings: settings)
                try await serve(try gate.application(try await routes(gate), host: host, port: port), drainTimeout, settings.logger)
            case let command as ApplicationCommand.Routes:
                let gate = try await Gate.withoutStore(publicURL: publicURL, settings: settings)
                try command.output.show(Listing(routes: try gate.routes(on: try await routes(gate))))
            case let command as ApplicationCommand.Explain:
                let request = try command.options.request()
                let gate = try await Gate.readingOnly(store: try store.openReadingOnly(), publicURL: publicURL, settings: settings)
                try command.options.print(try await gate.explain(request, on: try await routes(gate)))
            case var command: try command.run()
            }
        } catch {
            ApplicationCommand.exit(withError: error)
        }
    }

    private static func serve(_ application: some Service, _ drainTimeout: Duration, _ logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(services: [application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = drainTimeout
        try await ServiceGroup(configuration: configuration).run()
    }
}

public import Gatehouse
import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the program `gatehouse` does with a configuration.
public enum GatewayServer {
    /// Serves until SIGINT or SIGTERM; says on standard error where it listens. Throws what keeps it from starting or ended it.
    public static func run(_ configuration: Configuration, mode: Configuration.Mode) async throws {
        let logger = configuration.logger()
        let gateway = try Gateway(configuration, mode: mode, environment: ProcessInfo.processInfo.environment, logger: logger)
        if mode == .development {
            logger.notice("Development: loopback only, plain HTTP, and a session cookie without Secure and __Host-. Not for anybody else.")
        }
        try await gateway.run { address in logger.notice("Gatehouse listens on \(address)") }
    }

    /// Every route with what it needs; starts nothing and leaves the store alone.
    public static func routes(_ configuration: Configuration) async throws -> [RouteSummary] {
        try await planned(configuration).routes()
    }

    /// What a request would get, and why; see `Gateway.explain`.
    ///
    /// - Parameter mode: how the gateway is started that would answer; `nil`: `serve` where the settings have an https public URL.
    public static func explain(
        _ request: ExplainedRequest, _ configuration: Configuration, mode: Configuration.Mode? = nil
    ) async throws -> Explanation {
        try await planned(configuration, mode: mode).explain(request)
    }

    /// A gateway that is not to be started.
    private static func planned(_ configuration: Configuration, mode: Configuration.Mode? = nil) throws -> Gateway {
        var logger = configuration.logger()
        logger.logLevel = .error
        let mode = mode ?? (configuration.server.publicURL?.scheme == .https ? .serve : .development)
        return try Gateway(configuration, mode: mode, environment: [:], logger: logger)
    }
}

import GatehouseTokens
import ServiceLifecycle

/// Keeps the key sets of other issuers fresh, so that no request waits for them.
struct KeySetRefreshing: Service {
    let tokens: ForeignTokens

    func run() async throws {
        await cancelWhenGracefulShutdown { await tokens.run() }
        // A service that returns ends the server; there may be nothing to keep fresh.
        try await gracefulShutdown()
    }
}

import GatehouseTokens
import ServiceLifecycle

/// Keeps the key sets of other issuers fresh, so that no request waits for them.
struct KeySetRefreshing: Service {
    let tokens: ForeignTokens

    func run() async throws {
        await cancelWhenGracefulShutdown { await tokens.run() }
        // A service that returns ends the server; there may be nothing to keep fresh.
        // Thrown when the time to drain is over: that ends it as well.
        try? await gracefulShutdown()
    }
}

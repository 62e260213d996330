import GatehouseStore
import ServiceLifecycle

/// Leaves the store tidy when everything that writes to it has ended.
struct StoreFolding: Service {
    let driver: any SQLDriver

    func run() async throws {
        // Thrown when the time to drain is over: that ends it as well.
        try? await gracefulShutdown()
        await driver.checkpoint()
    }
}

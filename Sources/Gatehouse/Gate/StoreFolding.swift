import GatehouseStore
import ServiceLifecycle

/// Leaves the store tidy when everything that writes to it has ended.
struct StoreFolding: Service {
    let driver: any SQLDriver

    func run() async throws {
        try await gracefulShutdown()
        await driver.checkpoint()
    }
}

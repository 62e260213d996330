import GatehouseCore
import GatehouseStore
public import ServiceLifecycle

/// Looks at the store's change counter four times a second and drops the caches when it moved.
///
/// While the store does not answer nothing is confirmed, and the caches cease to count: every look-up goes to the store.
public struct ChangeWatcher: Service {
    private static let interval = Duration.milliseconds(250)

    let environment: Environment
    let caches: Caches
    let signingKeys: SigningKeys
    let onChange: @Sendable () -> Void
    let reports: TroubleReports

    /// Returns at graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Looks once.
    public func look() async {
        // The caches run out by themselves, and whoever then needs the store hears of its failure.
        await reports.run { () throws(GatehouseError) in
            // The moment before the look, so that nothing which changes during it is taken for seen.
            let now = environment.clock.now()
            let counter = try await environment.driver.changeCounter()
            let hasMoved = caches.hasMoved(counter)
            // Keys first: if they cannot be read nothing is confirmed, and the next look tries again.
            if hasMoved {
                do throws(GatehouseError) {
                    try await signingKeys.reload()
                } catch {
                    onChange()
                    throw error
                }
            }
            caches.confirm(counter, at: now)
            if hasMoved { onChange() }
        }
    }
}

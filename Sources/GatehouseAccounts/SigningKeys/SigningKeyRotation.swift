import GatehouseCore
public import ServiceLifecycle

/// Lets published keys sign when their time has come, and rotates by itself as `SigningSettings.rotationInterval` says; looks once a
/// minute.
public struct SigningKeyRotation: Service {
    private static let interval = Duration.seconds(60)

    let signingKeys: SigningKeys
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
        await reports.run { () throws(GatehouseError) in try await signingKeys.rotateWhenDue() }
    }
}

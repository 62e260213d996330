import GatehouseCore
public import ServiceLifecycle

extension ReverseProxy: Service {
    /// Watches the open tunnels until the server shuts down, then tells every client that it is going away (1001).
    ///
    /// A tunnel is closed within two seconds of the end of its session, key or token; the store is asked once a second a tunnel.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                await checkTunnels()
            }
        }
        for tunnel in tunnels.open { tunnel.close(.goingAway) }
    }

    /// Closes tunnels whose owner has ended, and reports activity; `run` does this every second.
    public func checkTunnels() async {
        let now = clock.now()
        for tunnel in tunnels.open {
            guard let owner = tunnel.owner else { continue }
            let isExpired = owner.expiresAt.map { $0 <= now } ?? false
            if isExpired {
                tunnel.close(.policyViolation)
            } else if await !hooks.isAlive(owner) {
                tunnel.close(.policyViolation)
            } else if tunnel.takesReport(at: now) {
                await hooks.onActivity(owner)
            }
        }
    }
}

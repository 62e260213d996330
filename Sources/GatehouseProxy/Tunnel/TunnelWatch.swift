import GatehouseCore
public import ServiceLifecycle

extension ReverseProxy: Service {
    /// Watches the open tunnels until the server shuts down, then tells every client that it is going away (1001).
    ///
    /// A tunnel is closed and a streamed response broken off within two seconds of the end of its session, key or token; the store is
    /// asked once a second for each.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                await checkTunnels()
            }
        }
        for tunnel in tunnels.open { tunnel.close(.goingAway) }
    }

    /// Closes tunnels and breaks off responses whose owner has ended, and reports activity; `run` does this every second.
    public func checkTunnels() async {
        let now = clock.now()
        for tunnel in tunnels.open {
            guard let owner = tunnel.owner else { continue }
            if await hasEnded(owner, at: now) {
                tunnel.close(.policyViolation)
            } else if tunnel.takesReport(at: now) {
                await hooks.onActivity(owner)
            }
        }
        for stream in tunnels.streams where await hasEnded(stream.owner, at: now) { stream.cancel() }
    }

    private func hasEnded(_ owner: TunnelOwner, at now: Timestamp) async -> Bool {
        if let end = owner.expiresAt, end <= now { return true }
        return await !hooks.isAlive(owner)
    }
}

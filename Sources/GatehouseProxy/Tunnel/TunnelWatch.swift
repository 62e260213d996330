import GatehouseCore
public import ServiceLifecycle

extension ReverseProxy: Service {
    /// Watches the open tunnels until the server shuts down, then tells every client that it is going away (1001).
    ///
    /// A tunnel is closed and a stream of events broken off within five seconds of the end of its session, key or token; the store is
    /// asked once a second for each. Activity is written beside that, so a store that is slow to write holds nothing up.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await everySecond { await checkTunnels() } }
            group.addTask { await everySecond { await reportActivity() } }
        }
        for tunnel in tunnels.open { tunnel.close(.goingAway) }
    }

    private func everySecond(_ work: @escaping @Sendable () async -> Void) async {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                await work()
            }
        }
    }

    /// Closes tunnels and breaks off streams of events whose owner has ended; `run` does this every second.
    ///
    /// Where nobody can say whether it has, as while the store is down, they stay open for another four seconds.
    public func checkTunnels() async {
        await withDiscardingTaskGroup { group in
            for tunnel in tunnels.open {
                guard let owner = tunnel.owner else { continue }
                group.addTask { if await hasEnded(owner, tunnel.doubt) { tunnel.close(.policyViolation) } }
            }
            for stream in tunnels.streams { group.addTask { if await hasEnded(stream.owner, stream.doubt) { stream.cancel() } } }
        }
    }

    /// Reports what people did in their tunnels; `run` does this every second.
    public func reportActivity() async {
        for tunnel in tunnels.open {
            guard let owner = tunnel.owner, tunnel.takesReport(at: clock.now()) else { continue }
            await hooks.onActivity(owner)
        }
    }

    private func hasEnded(_ owner: TunnelOwner, _ doubt: Doubt) async -> Bool {
        let start = clock.now()
        do {
            let isAlive = try await hooks.isAlive(owner)
            doubt.clear()
            return !isAlive
        } catch {
            return doubt.persists(from: start, to: clock.now())
        }
    }
}

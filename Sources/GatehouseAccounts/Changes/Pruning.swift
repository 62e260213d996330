public import GatehouseCore
import GatehouseStore
public import ServiceLifecycle

/// Deletes what can never be asked for again, every ten minutes.
public struct Pruning: Service {
    private static let interval = Duration.seconds(600)
    /// How long ended sessions stay for the record.
    private static let keptAfterEnd = Duration.seconds(7 * 24 * 3600)
    /// How long API keys that work no more stay in lists.
    private static let keysKeptAfterEnd = Duration.seconds(90 * 24 * 3600)
    /// How long an address counts as known after a sign-in.
    private static let knownFor = Duration.seconds(400 * 24 * 3600)

    let environment: Environment
    let throttling: ThrottleLimits
    let signingKeys: SigningKeys
    let reports: TroubleReports

    /// Returns at graceful shutdown or cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // What fails now is done ten minutes later.
                await reports.run { () throws(GatehouseError) in try await prune() }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Prunes once. Throws `store_unavailable`.
    public func prune() async throws(GatehouseError) {
        let now = environment.clock.now()
        let throttling = throttling
        let signingKeysSince = signingKeys.keptSince(now)
        try await environment.driver.write { transaction throws(GatehouseError) in
            try SessionRecord.prune(before: now - Self.keptAfterEnd, scope: .everyTenant, in: transaction)
            try APIKeyRecord.prune(before: now - Self.keysKeptAfterEnd, scope: .everyTenant, in: transaction)
            try KnownAddressRecord.prune(before: now - Self.knownFor, in: transaction)
            try ThrottleRecord.prune(before: now - throttling.forgetAfter - throttling.longestDelay, in: transaction)
            try SigningKeyRecord.prune(before: signingKeysSince, in: transaction)
        }
    }
}

public import Gatehouse
import GatehouseConsole
import GatehouseProxy
import GatehouseSQLite
public import Logging

/// A gateway made from a configuration: accounts, API, pages, and what lies behind them.
public struct Gateway: Sendable {
    let configuration: Configuration
    let mode: Configuration.Mode
    let environment: [String: String]
    let logger: Logger

    /// - Parameters:
    ///   - environment: what a supervised UI inherits, less the secrets.
    /// Throws `public_url_required` or `configuration_invalid` where the mode wants other settings.
    public init(
        _ configuration: Configuration, mode: Configuration.Mode, environment: [String: String], logger: Logger
    ) throws(GatehouseError) {
        try configuration.check(for: mode)
        self.configuration = configuration
        self.mode = mode
        self.environment = environment
        self.logger = logger
    }

    /// The public URL; in development the gate knows itself as loopback on its port.
    private var publicURL: String? { mode == .serve ? configuration.server.publicURL?.description : nil }

    func gate(store: SQLiteDriver) async throws(GatehouseError) -> Gate {
        try await Gate(store: store, publicURL: publicURL, settings: try configuration.gateSettings(logger: logger))
    }

    /// The same for a look at the store, which is only read.
    func gate(readingOnly store: SQLiteDriver) async throws(GatehouseError) -> Gate {
        try await Gate.readingOnly(store: store, publicURL: publicURL, settings: try configuration.gateSettings(logger: logger))
    }

    /// The same for a look at its routes alone.
    func gateWithoutStore() async throws(GatehouseError) -> Gate {
        try await Gate.withoutStore(publicURL: publicURL, settings: try configuration.gateSettings(logger: logger))
    }

    /// The routes of `gate`, with the UI at `ui` (`nil`: a welcome page).
    func router(_ gate: Gate, ui: Upstream?, uiCheck: ReadinessCheck?) throws -> GateRouter<BasicIdentityContext> {
        let router = gate.router(context: BasicIdentityContext.self)
        try Console(gate: gate).add(to: router, welcome: ui == nil)
        let beside = configuration.proxied
        let proxy = ReverseProxy(beside + (ui.map { [$0] } ?? []))
        try router.mount(proxy)
        for upstream in beside { router.readinessChecks.append(.reachability(of: upstream, name: "upstream \(upstream.path)")) }
        if let uiCheck { router.readinessChecks.append(uiCheck) }
        return router
    }

    /// The UI's place in the proxy.
    func uiUpstream(_ target: Upstream.Target, isSupervised: Bool) -> Upstream {
        let upstream = configuration.guarded(Upstream("/", to: target), configuration.uiGuard)
        return (isSupervised ? upstream.supervised() : upstream).identity(configuration.effectiveUIIdentity.form)
    }
}

extension ReadinessCheck {
    /// Whether the upstream accepts connections.
    static func reachability(of upstream: Upstream, name: String) -> ReadinessCheck {
        let proxy = ReverseProxy([upstream])
        return ReadinessCheck(name) { await proxy.health().allSatisfy(\.isReachable) ? nil : "unreachable" }
    }
}

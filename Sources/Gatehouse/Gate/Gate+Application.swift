public import GatehouseCore
public import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
public import ServiceLifecycle

extension Gate {
    /// A server for the router's routes.
    ///
    /// Throws before it listens: `route_unguarded` or `configuration_invalid` for a route that cannot be used, `public_url_required` for an
    /// address other than loopback without an https public URL.
    public func application<Context: IdentityRequestContext>(
        _ router: GateRouter<Context>, host: String = "127.0.0.1", port: Int = 8080, services: [any Service] = [],
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) throws(GatehouseError) -> Application<GateResponder<Context>> where Context.Source == ApplicationRequestContextSource {
        guard publicURL?.scheme == .https || host == "localhost" || IPAddress(host)?.isLoopback == true else {
            throw GatehouseError(
                .publicURLRequired,
                "Without an https public URL the gate listens on loopback alone, not on \(host): set publicURL (server.public_url).")
        }
        let responder = try responder(for: router)
        return Application(
            responder: responder, server: GatewayChannel.builder(channel, headStart: responder.headStart),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
            services: backgroundServices + router.services + services, onServerRunning: onServerRunning, logger: settings.logger)
    }

    /// A second server that has the API mount and nothing else, on a loopback port of its own, for a supervised UI.
    ///
    /// Cookies, forwarding headers and identity headers mean nothing there.
    package func privateApplication<Context: IdentityRequestContext>(
        _ router: GateRouter<Context>, port: Int, onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) throws(GatehouseError) -> Application<GateResponder<Context>> where Context.Source == ApplicationRequestContextSource {
        return Application(
            responder: try responder(for: router, isPrivate: true), server: GatewayChannel.builder(channel),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: onServerRunning, logger: settings.logger)
    }

    /// The settings of its connections: what they refuse themselves is named and dressed like every other refusal.
    private var channel: ChannelSettings {
        var channel = settings.channel
        channel.requestID = { [ids = door.reader.requestIDs] in ids.id(for: [:]) }
        if door.hasTLS { channel.refusalFields.append(.strictTransport) }
        return channel
    }

    /// What answers; throws for a route that cannot be used.
    func responder<Context: IdentityRequestContext>(
        for router: GateRouter<Context>, isPrivate: Bool = false
    ) throws(GatehouseError) -> GateResponder<Context> {
        if let problem = router.problems.first { throw problem }
        router.readiness.replace(router.readinessChecks)
        let routes = GuardedRoutes(door: door, table: router.table, signInPath: router.signInPath, isPrivate: isPrivate)
        return GateResponder(routes: routes, handlers: router.handlers)
    }

    /// Watches for changes of other processes and forgets what has expired.
    private var backgroundServices: [any Service] {
        let keySets: [any Service] = door.authenticator.foreign.map { [KeySetRefreshing(tokens: $0)] } ?? []
        // The first to start is the last to end.
        return [StoreFolding(driver: driver)] + keySets + [
            accounts.changeWatcher { [upstreamTokens] in upstreamTokens.removeAll() }, accounts.pruning(), accounts.signingKeyRotation(),
        ]
    }
}

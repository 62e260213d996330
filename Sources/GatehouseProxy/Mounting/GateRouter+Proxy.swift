public import Gatehouse
import Hummingbird

extension GateRouter {
    /// Puts the proxy's upstreams on this router, each under its path and behind its policy, and paths with guards of their own beside.
    ///
    /// Throws `route_unguarded` or `configuration_invalid` for an upstream that cannot be used.
    public func mount(_ proxy: ReverseProxy) throws(GatehouseError) {
        try proxy.check()
        let proxy = proxy.working(for: gate)
        for upstream in proxy.upstreams {
            for (path, policy) in upstream.guardedPaths {
                forward(RouterPath(path), requiring: policy, address: "\(upstream.target)") { authorized, request, connection in
                    proxy.start(authorized, request, to: upstream, on: connection)
                } _: { authorized, request, context in
                    try await proxy.forward(authorized, request, to: upstream, on: context.identity.channel)
                }
            }
        }
        services.append(proxy)
    }
}

extension ReverseProxy {
    /// The proxy with the gate's sessions and tokens behind it.
    func working(for gate: Gate) -> ReverseProxy {
        var proxy = self
        proxy.held = HeldFields(gate.credentialFields, tenant: gate.tenantField)
        proxy.hooks = Hooks(
            bearer: { principal, upstream in
                try await gate.upstreamToken(for: principal, audience: upstream.audience)
            },
            isAlive: { try await gate.isAlive($0.principal) },
            onActivity: { await gate.noteActivity(of: $0.principal) })
        proxy.hooks.knownBearer = { principal, upstream in gate.knownUpstreamToken(for: principal, audience: upstream.audience) }
        return proxy
    }
}

extension Upstream {
    /// Whom its tokens are meant for.
    var audience: Gate.Audience { isSupervised ? .supervisedUI : .upstream(path: path) }
}

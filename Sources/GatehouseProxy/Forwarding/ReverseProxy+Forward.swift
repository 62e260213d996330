import Gatehouse
public import GatehouseCore
import HTTPTypes
public import HummingbirdCore
public import NIOCore

extension ReverseProxy {
    /// Forwards a request and returns the upstream's response, whose body is still to be read.
    ///
    /// Method, path and query are those that were decided on, byte for byte. Throws `service_worker_refused`, `malformed_request`,
    /// `upstream_unavailable`, `upstream_timeout` and `upstream_invalid`; `CancellationError` once the client has gone away.
    /// - Parameter channel: the one that the request came in on, from its context.
    public func forward(
        _ authorized: consuming AuthorizedRequest, _ request: Request, to upstream: Upstream, on channel: any Channel
    ) async throws -> Response {
        guard upstream.isAvailable() else {
            throw GatehouseError(.upstreamUnavailable, "The upstream at \(upstream.path) is not running.")
        }
        if !upstream.allowsServiceWorker, request.headers.asksForServiceWorker {
            throw GatehouseError(
                .serviceWorkerRefused, "The upstream at \(upstream.path) may not register service workers; service_worker: true lets it.")
        }
        var token: String?
        if upstream.identity == .bearer, let principal = authorized.principal { token = try await hooks.bearer(principal, upstream) }
        let plan = try ForwardingPlan(authorized, request.head, upstream, held: held, token: token)
        let owner = authorized.principal.map(TunnelOwner.init)
        let handover = Handover(plan: plan, upstream: upstream, client: ClientConnection(channel), owner: owner, tunnels: tunnels)
        if plan.wantsTunnel { return try await tunnel(handover, request) }
        return try await handover.exchange(request)
    }
}

import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging

/// What keeps a request from its handler, and what the client is told of it.
extension GuardedRoutes {
    /// What a browser asks with `OPTIONS` before it sends a request of another site's: the settings allow none to a guarded path.
    func requireNoPreflight(_ fields: HTTPFields, _ entry: RouteTable.Entry?) throws(GatehouseError) {
        guard let asked = fields[.accessControlRequestMethod], let entry, isGuarded(entry, method: asked) else { return }
        throw GatehouseError(.originRefused, "Cross-origin requests to guarded paths are not allowed by the settings.")
    }

    /// Whether the request that a browser asks about with a preflight would meet a guard.
    private func isGuarded(_ entry: RouteTable.Entry, method: String) -> Bool {
        let answering = (entry.endpoint("OPTIONS") ?? entry.endpoint(method)).map { [$0] } ?? entry.endpoints.map(\.endpoint)
        return answering.contains { !$0.policy.isPublic }
    }

    /// A parameter that a policy judges must be the same in every reading, or an upstream could serve another tenant's than was judged.
    func requireSettled(_ policy: Policy, _ pattern: RoutePattern, _ path: CanonicalPath) throws(GatehouseError) {
        if path.isPlain { return }
        let judged = policy.parameters.union([door.tenants.parameter].compactMap { $0 })
        if judged.isEmpty { return }
        for (index, segment) in pattern.segments.enumerated() {
            guard case .parameter(let name) = segment, judged.contains(name), !path.isSettled(at: index) else { continue }
            throw GatehouseError(.ambiguousPath, "The parameter {\(name)}, which is judged, can be read in two ways.")
        }
    }

    /// Under the API an unknown path is told only to those who are somebody; elsewhere there is nothing to hide.
    func missing(_ entry: RouteTable.Entry?, _ canonical: CanonicalRequest, isSomebody: Bool, refusal: GatehouseError?) -> GatehouseError {
        let isOpen = entry?.methods.contains { entry?.endpoint($0)?.policy.isPublic == true } ?? false
        if !isOpen, !isSomebody, door.isAPI(canonical.path) {
            return refusal ?? GatehouseError(.signInRequired, "Nobody is signed in.")
        }
        guard let entry, !entry.methods.isEmpty else { return GatehouseError(.notFound, "No route has this path.") }
        return GatehouseError(.methodNotAllowed, "The route \(entry.pattern) answers to \(entry.methods.joined(separator: ", ")).")
    }

    /// The response to a request that was refused or failed; it is logged, and where it was a matter of rights, recorded.
    func refuse(_ error: any Error, _ head: HTTPRequest, _ identity: RequestIdentity, _ logger: Logger, id: String) -> Response {
        let error = GatehouseError(wrapping: error)
        var response =
            redirected(error, head, identity.request, isRouted: identity.isRouted)
            ?? ErrorResponse.make(error, requestID: id, page: Navigation.wantsHTML(head), challengesBasic: door.challengesBasic(head))
        if error.code == .methodNotAllowed, !identity.isRouted { response.headers[.allow] = methods(of: identity.request) }
        door.log(error, status: response.status, head, identity, logger.naming(request: id, tenant: door.tenant(of: identity)))
        door.auditDenial(error, head, identity)
        return door.dressed(response, id: id, isHead: head.method == .head)
    }

    /// The methods that the request's path answers to, as `Allow` lists them (RFC 9110 section 10.2.1).
    private func methods(of request: CanonicalRequest?) -> String? {
        guard let path = request?.path, let index = try? table.find(path) else { return nil }
        return table[index].methods.joined(separator: ", ")
    }

    /// A browser without a session is sent to sign in and back again.
    func redirected(_ error: GatehouseError, _ head: HTTPRequest, _ canonical: CanonicalRequest?, isRouted: Bool) -> Response? {
        guard error.code == .signInRequired, let signInPath, isRouted, let canonical, Navigation.isNavigation(head) else { return nil }
        var location = signInPath
        if let place = ReturnTo(canonical.target), place.target != "/" { location += "?return_to=\(place.queryValue)" }
        return Response(status: .seeOther, headers: [.location: location, .cacheControl: "no-store"])
    }
}

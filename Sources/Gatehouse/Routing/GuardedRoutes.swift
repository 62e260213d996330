import GatehouseCore
import HTTPTypes

/// All routes behind the door: which of them a request means, what it must prove there, and how a refusal is told.
///
/// All that does not depend on the application's context is here, so that it is compiled once.
final class GuardedRoutes: Sendable {
    let door: Door
    let table: RouteTable
    let signInPath: String?
    /// Serves the API mount alone and believes neither cookies nor forwarding headers.
    let isPrivate: Bool

    init(door: Door, table: RouteTable, signInPath: String?, isPrivate: Bool) {
        self.door = door
        self.table = table
        self.signInPath = signInPath
        self.isPrivate = isPrivate
    }

    /// Reads the request, finds its route, and finds out who asks as far as memory tells.
    func arrive(_ head: HTTPRequest, id: String, _ identity: inout RequestIdentity) throws(GatehouseError) -> Arrival {
        var arrival = try locate(head, id: id, &identity)
        let canonical = try identity.canonical
        if isPrivate { try door.requireAPI(canonical, isOther: arrival.endpoint.map { $0.kind != .api } ?? false) }
        arrival.presented = try door.identifyAtOnce(head, canonical, &identity, isPrivate: isPrivate)
        return arrival
    }

    /// Reads the request and finds its route.
    func locate(_ head: HTTPRequest, id: String, _ identity: inout RequestIdentity) throws(GatehouseError) -> Arrival {
        var canonical = try door.reader.read(head, channel: identity.channel, id: id, isPrivate: isPrivate)
        identity.request = canonical
        let index = try table.find(canonical.path)
        var arrival = Arrival(index: index, endpoint: index.flatMap { table.endpoint(at: $0, canonical.method) })
        if let index, table.hasParameters(at: index) {
            arrival.parameters = table[index].pattern.parameters(in: canonical.path)
            for (name, value) in arrival.parameters { canonical.parameters[name] = value }
            identity.request = canonical
        }
        identity.isRouted = arrival.endpoint != nil
        return arrival
    }

    /// Finds out who asks where memory does not tell.
    func identify(
        _ presented: PresentedCredential, _ head: HTTPRequest, _ arrival: Arrival, _ identity: inout RequestIdentity
    ) async throws(GatehouseError) {
        try await door.identify(
            presented, head, try identity.canonical, &identity, isAPI: arrival.endpoint?.kind == .api, isPrivate: isPrivate)
    }

    /// The endpoint whose policy is to be asked; throws for every request that does not come so far.
    func endpoint(for head: HTTPRequest, _ arrival: Arrival, _ identity: RequestIdentity) throws(GatehouseError) -> Endpoint {
        let canonical = try identity.canonical
        if canonical.method == "OPTIONS" { try requireNoPreflight(head.headerFields, arrival.index.map { table[$0] }) }
        guard let endpoint = arrival.endpoint, let index = arrival.index else {
            throw missing(arrival.index.map { table[$0] }, canonical, isSomebody: identity.caller != nil, refusal: identity.refusal)
        }
        if !canonical.path.isPlain { try requireSettled(endpoint.policy, table[index].pattern, canonical.path) }
        if !endpoint.policy.isPublic, let refusal = identity.refusal { throw refusal }
        return endpoint
    }

    /// Asks the policy; throws its refusal.
    func authorize(_ endpoint: Endpoint, _ identity: RequestIdentity) throws(GatehouseError) -> AuthorizedRequest {
        switch endpoint.policy.authorize(identity.principal, try identity.canonical, now: door.clock.now()) {
        case .allow(let authorized): return authorized
        case .deny(let decision): throw decision.error ?? GatehouseError(.forbidden, "The policy refused without a reason.")
        }
    }

    /// What audit events of the request say of it.
    func facts(_ identity: RequestIdentity) -> RequestFacts? {
        identity.request.map { RequestFacts(request: $0, tenant: door.tenant(of: identity)) }
    }
}

/// A request that has been read, and the route that it means.
struct Arrival {
    /// The place of the route in the table.
    let index: Int?
    let endpoint: Endpoint?
    var parameters: [(name: String, value: String)] = []
    /// A credential that somebody has to be asked about.
    var presented: PresentedCredential?
}

extension RequestIdentity {
    /// The request as policies see it. Throws `internal_error` before the gate has looked.
    var canonical: CanonicalRequest {
        get throws(GatehouseError) {
            guard let request else { throw GatehouseError(.internalError, "The request has not been read.") }
            return request
        }
    }
}

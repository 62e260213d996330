import GatehouseCore
import HTTPTypes
import Hummingbird

extension Gate {
    /// Every route with what it needs, sorted by path. Throws what keeps the router from serving at all.
    public func routes<Context: IdentityRequestContext>(on router: GateRouter<Context>) throws(GatehouseError) -> [RouteSummary] {
        _ = try responder(for: router)
        return router.routes
    }

    /// What `request` would get, and why: its route, who is asking, each rule, and the answer.
    ///
    /// Nothing is changed by it: no key counts as used, no failure as a failure, no session as active. Closures of the application's own
    /// (`CustomCredential`, `APIKeyLookup`) are asked as they are for a request.
    ///
    /// Throws what keeps the router from serving at all, and `validation_failed` for a `Basic` credential that would be accepted as one:
    /// trying a password counts.
    public func explain<Context: IdentityRequestContext>(
        _ request: ExplainedRequest, on router: GateRouter<Context>
    ) async throws(GatehouseError) -> Explanation {
        try await responder(for: router).routes.explain(request, ours: publicURL?.host)
    }
}

/// What is found out about a request on the way to its explanation.
struct Findings {
    var head: HTTPRequest?
    var canonical: CanonicalRequest?
    var route: Explanation.Route?
    var caller: Principal?
    var refusal: GatehouseError?
    var rules: [Explanation.Rule] = []
    var notes: [String] = []
    /// Why there is no answer that could be told.
    var obstacle: GatehouseError?
}

extension GuardedRoutes {
    func explain(_ explained: ExplainedRequest, ours: Host?) async throws(GatehouseError) -> Explanation {
        var found = Findings()
        var refused: GatehouseError?
        do throws(GatehouseError) {
            let head = try explained.head(ours: ours)
            found.head = head
            try await judge(explained, head, &found)
        } catch {
            refused = error
        }
        if let obstacle = found.obstacle { throw obstacle }
        return Explanation(
            method: explained.method, target: explained.target, route: found.route, caller: found.caller.map { Explanation.Caller($0) },
            refusal: found.refusal?.message, rules: found.rules, answer: answer(refused, found), notes: found.notes)
    }

    /// The same steps as those of a real request, in the same order; throws what the client would get.
    private func judge(_ explained: ExplainedRequest, _ head: HTTPRequest, _ found: inout Findings) async throws(GatehouseError) {
        var canonical = try door.reader.read(head, peer: explained.client, id: "explain", isPrivate: false)
        let entry = try table.find(canonical.path).map { table[$0] }
        let endpoint = entry?.endpoint(canonical.method)
        if let entry {
            for (name, value) in entry.pattern.parameters(in: canonical.path) { canonical.parameters[name] = value }
            found.route = endpoint.map { self.route(entry, $0, canonical.method) }
        }
        found.canonical = canonical
        try await identify(explained, head, canonical, endpoint?.kind, &found)
        if canonical.method == "OPTIONS" { try requireNoPreflight(head.headerFields, entry) }
        guard let endpoint, let entry else {
            throw missing(entry, canonical, isSomebody: found.caller != nil, refusal: found.refusal)
        }
        try requireSettled(endpoint.policy, entry.pattern, canonical.path)
        let decision = endpoint.policy.evaluate(found.caller, canonical, now: door.clock.now())
        found.rules = decision.trace.map { Explanation.Rule($0) }
        if endpoint.policy.isPublic {
            found.notes.append("The route is open to everybody: a credential that is not accepted counts as none.")
        } else if let refusal = found.refusal {
            throw refusal
        }
        if let error = decision.error { throw error }
    }

    private func route(_ entry: RouteTable.Entry, _ endpoint: Endpoint, _ method: String) -> Explanation.Route {
        let methods = entry[method] != nil ? [method] : entry.anyMethod != nil ? ["*"] : ["GET"]
        return Explanation.Route(
            path: "\(entry.pattern)", methods: methods, guardDescription: "\(endpoint.policy)", target: endpoint.target)
    }

    private func answer(_ refused: GatehouseError?, _ found: Findings) -> Explanation.Answer {
        guard let refused else { return Explanation.Answer(isAllowed: true, status: nil, code: nil, fields: [:], reason: nil) }
        let head = found.head ?? HTTPRequest(method: .get, scheme: nil, authority: nil, path: nil)
        let response =
            redirected(refused, head, found.canonical, isRouted: found.route != nil)
            ?? ErrorResponse.make(refused, requestID: "explain", page: false, challengesBasic: door.challengesBasic(head))
        var fields: [String: String] = [:]
        for name in [HTTPField.Name.location, .wwwAuthenticate, .retryAfter] where response.headers.contains(name) {
            fields[name.rawName] = response.headers[values: name].joined(separator: ", ")
        }
        return Explanation.Answer(
            isAllowed: false, status: response.status.code, code: "\(refused.code)", fields: fields, reason: refused.message)
    }
}

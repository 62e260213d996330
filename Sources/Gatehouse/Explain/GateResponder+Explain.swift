import GatehouseAccounts
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
    /// Nothing is changed by it: no key counts as used, no failure as a failure, no session as active. Throws what keeps the router from
    /// serving at all.
    public func explain<Context: IdentityRequestContext>(
        _ request: ExplainedRequest, on router: GateRouter<Context>
    ) async throws(GatehouseError) -> Explanation {
        var request = request
        request.host = request.host ?? publicURL.map { "\($0.host)" } ?? "localhost"
        return try await responder(for: router).explain(request)
    }
}

/// What is found out about a request on the way to its explanation.
private struct Findings {
    var route: Explanation.Route?
    var caller: Principal?
    var refusal: GatehouseError?
    var rules: [Explanation.Rule] = []
    var notes: [String] = []
}

extension GateResponder {
    func explain(_ explained: ExplainedRequest) async -> Explanation {
        var found = Findings()
        var refused: GatehouseError?
        do throws(GatehouseError) {
            try await judge(explained, &found)
        } catch {
            refused = error
        }
        return Explanation(
            method: explained.method, target: explained.target, route: found.route, caller: found.caller.map { Explanation.Caller($0) },
            refusal: found.refusal?.message, rules: found.rules, answer: answer(refused, explained), notes: found.notes)
    }

    /// The same steps as those of a real request, in the same order; throws what the client would get.
    private func judge(_ explained: ExplainedRequest, _ found: inout Findings) async throws(GatehouseError) {
        let fields = try self.fields(explained)
        var canonical = try canonical(explained)
        let entry = try table.find(canonical.path).map { table[$0] }
        let endpoint = entry?.endpoint(canonical.method)
        if let entry {
            for (name, value) in entry.pattern.parameters(in: canonical.path) { canonical.parameters[name] = value }
            found.route = endpoint.map { self.route(entry, $0, canonical.method) }
        }
        do throws(GatehouseError) {
            found.caller = try await principal(explained, canonical, fields)
        } catch  where error.code.isRefusalOfCredential {
            found.refusal = error
        }
        guard let endpoint, let entry else {
            throw missing(entry, canonical, isSomebody: found.caller != nil, refusal: found.refusal)
        }
        try requireSettled(endpoint.policy, entry.pattern, canonical.path)
        let decision = endpoint.policy.evaluate(found.caller, canonical, now: door.clock.now())
        found.rules = decision.trace.map { Explanation.Rule($0) }
        found.notes = notes(explained, canonical, endpoint)
        if !endpoint.policy.isPublic, let refusal = found.refusal { throw refusal }
        if let error = decision.error { throw error }
    }

    private func canonical(_ explained: ExplainedRequest) throws(GatehouseError) -> CanonicalRequest {
        let scheme = door.ours.scheme
        let host = try Host(explained.host ?? "localhost", scheme: scheme)
        let route = CanonicalRequest.Route(
            peer: explained.client, client: explained.client, scheme: scheme, host: host, isPeerTrusted: false)
        return try CanonicalRequest(method: explained.method, target: explained.target, route: route, id: "explain")
    }

    private func fields(_ explained: ExplainedRequest) throws(GatehouseError) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in explained.fields {
            guard let name = HTTPField.Name(name) else { throw GatehouseError(.malformedRequest, "“\(name)” is no name of a field.") }
            fields[name] = value
        }
        return fields
    }

    private func principal(
        _ explained: ExplainedRequest, _ canonical: CanonicalRequest, _ fields: HTTPFields
    ) async throws(GatehouseError) -> Principal? {
        let named = try door.tenants.named(by: canonical, fields)
        switch explained.credential {
        case .none: return nil
        case .bearer(let token): return try await door.authenticator.caller(bearer: token.expose { $0 }, canonical, in: named).principal
        case .apiKey(let key): return try await door.authenticator.caller(apiKey: key.expose { $0 }, canonical, in: named).principal
        case .user(let name): return try await person(name, in: named)
        }
    }

    /// Somebody as they are after a sign-in of just now.
    private func person(_ name: String, in named: Tenant.ID?) async throws(GatehouseError) -> Principal {
        guard let user = try await door.authenticator.accounts.users.find(name: name) else {
            throw GatehouseError(.signInRequired, "There is no user “\(name.prefix(128))”.")
        }
        let account = try await door.authenticator.account(user.id, in: named)
        return Principal(
            id: user.id, username: user.username, name: user.name, email: user.email, tenant: account.tenant, roles: account.rights.roles,
            permissions: account.rights.permissions, sessionID: "explain", credential: .session, authenticatedAt: door.clock.now())
    }

    private func route(_ entry: RouteTable<Endpoint<Context>>.Entry, _ endpoint: Endpoint<Context>, _ method: String) -> Explanation.Route {
        let methods = entry.endpoints[method] != nil ? [method] : entry.anyMethod != nil ? ["*"] : ["GET"]
        return Explanation.Route(
            path: "\(entry.pattern)", methods: methods, guardDescription: "\(endpoint.policy)", target: endpoint.target)
    }

    private func notes(_ explained: ExplainedRequest, _ canonical: CanonicalRequest, _ endpoint: Endpoint<Context>) -> [String] {
        var notes: [String] = []
        if case .user = explained.credential {
            notes.append("--user stands for a session that began just now; a rule about a recent sign-in holds for it.")
            if !canonical.isSafe, endpoint.kind == .api {
                notes.append("A browser also sends X-CSRF-Token with \(canonical.method), and an Origin that is ours.")
            }
        }
        if endpoint.policy.isPublic { notes.append("The route is open to everybody: a credential that is not accepted counts as none.") }
        return notes
    }

    private func answer(_ refused: GatehouseError?, _ explained: ExplainedRequest) -> Explanation.Answer {
        guard let refused else { return Explanation.Answer(isAllowed: true, status: nil, code: nil, fields: [:], reason: nil) }
        let response = ErrorResponse.make(refused, requestID: "explain", page: false, challengesBasic: door.credentials.acceptsBasic)
        var fields: [String: String] = [:]
        for name in [HTTPField.Name.wwwAuthenticate, .retryAfter] where response.headers.contains(name) {
            fields[name.rawName] = response.headers[values: name].joined(separator: ", ")
        }
        return Explanation.Answer(
            isAllowed: false, status: response.status.code, code: "\(refused.code)", fields: fields, reason: refused.message)
    }
}

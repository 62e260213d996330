import GatehouseCore
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Answers every request: reads it once, finds the one route it means, finds out who asks, lets the policy decide, and only then
/// calls the handler.
public struct GateResponder<Context: IdentityRequestContext>: HTTPResponder {
    let door: Door
    let table: RouteTable<Endpoint<Context>>
    let signInPath: String?
    /// Serves the API mount alone and believes neither cookies nor forwarding headers.
    var isPrivate = false

    public func respond(to request: Request, context: Context) async throws -> Response {
        let request = isPrivate ? request.withoutCookies : request
        let id = door.reader.requestIDs.id(for: request.headers)
        var context = context
        context.logger[metadataKey: "gate.request_id"] = .string(id)
        do {
            let canonical = try door.reader.read(request.head, channel: context.identity.channel, id: id, isPrivate: isPrivate)
            context.identity.request = canonical
            var response = try await answer(request, canonical, &context)
            response.headers[.requestID] = id
            return response
        } catch let error as HTTPParserError {
            throw error
        } catch {
            return refuse(error, request, context, id: id)
        }
    }

    private func answer(_ request: Request, _ canonical: CanonicalRequest, _ context: inout Context) async throws -> Response {
        let entry = try table.find(canonical.path).map { table[$0] }
        let endpoint = entry?.endpoint(canonical.method)
        var canonical = canonical
        if let entry, entry.pattern.hasParameters {
            fill(&canonical, entry.pattern, &context)
            context.identity.request = canonical
        }
        context.identity.isRouted = endpoint != nil
        if isPrivate { try door.requireAPI(canonical, isOther: endpoint.map { $0.kind != .api } ?? false) }
        if let presented = try door.identifyAtOnce(request.head, canonical, &context.identity, isPrivate: isPrivate) {
            try await RequestFacts.$current.withValue(facts(canonical, context.identity)) {
                try await door.identify(
                    presented, request.head, canonical, &context.identity, isAPI: endpoint?.kind == .api, isPrivate: isPrivate)
            }
        }
        context.logger[metadataKey: "gate.tenant"] = .string(door.tenant(of: context.identity).rawValue)
        let request = request.without(door.credentials.strippedFields)
        try requireNoPreflight(request.headers, canonical, entry)
        guard let endpoint, let entry else {
            throw missing(entry, canonical, isSomebody: context.identity.caller != nil, refusal: context.identity.refusal)
        }
        try requireSettled(endpoint.policy, entry.pattern, canonical.path)
        if !endpoint.policy.isPublic, let refusal = context.identity.refusal { throw refusal }
        var response = try await RequestFacts.$current.withValue(facts(canonical, context.identity)) {
            try await run(endpoint, request, canonical, context)
        }
        if let session = door.dueForRotation(context.identity) {
            response = await door.rotateCookie(of: session, request.head, response, context.logger)
        }
        door.finish(&response, kind: endpoint.kind, isHead: request.method == .head)
        return response
    }

    /// What audit events of the request say of it.
    private func facts(_ request: CanonicalRequest, _ identity: RequestIdentity) -> RequestFacts {
        RequestFacts(request: request, tenant: door.tenant(of: identity))
    }

    /// What a browser asks before it sends a request of another site's: the settings allow none to a guarded path.
    func requireNoPreflight(
        _ fields: HTTPFields, _ canonical: CanonicalRequest, _ entry: RouteTable<Endpoint<Context>>.Entry?
    ) throws(GatehouseError) {
        guard canonical.method == "OPTIONS", let asked = fields[.accessControlRequestMethod], let entry, isGuarded(entry, method: asked) else {
            return
        }
        throw GatehouseError(.originRefused, "Cross-origin requests to guarded paths are not allowed by the settings.")
    }

    /// Whether the request that a browser asks about with a preflight would meet a guard.
    private func isGuarded(_ entry: RouteTable<Endpoint<Context>>.Entry, method: String) -> Bool {
        let answering = (entry.endpoint("OPTIONS") ?? entry.endpoint(method)).map { [$0] } ?? Array(entry.endpoints.values)
        return answering.contains { !$0.policy.isPublic }
    }

    private func run(
        _ endpoint: Endpoint<Context>, _ request: Request, _ canonical: CanonicalRequest, _ context: Context
    ) async throws -> Response {
        switch endpoint.policy.authorize(context.identity.principal, canonical, now: door.clock.now()) {
        case .allow(let authorized):
            // Before the handler: what it has done must not be called a failure because activity could not be written.
            if door.claimsActivity(context.identity) { try await door.noteActivity(context.identity, context.logger) }
            return try await endpoint.answer(authorized, request, context)
        case .deny(let decision): throw decision.error ?? GatehouseError(.forbidden, "The policy refused without a reason.")
        }
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

    /// Route parameters come from the bytes as sent, decoded once.
    private func fill(_ canonical: inout CanonicalRequest, _ pattern: RoutePattern, _ context: inout Context) {
        for (name, value) in pattern.parameters(in: canonical.path) {
            canonical.parameters[name] = value
            context.coreContext.parameters[Substring(name)] = Substring(value)
        }
    }

    /// Under the API an unknown path is told only to those who are somebody; elsewhere there is nothing to hide.
    func missing(
        _ entry: RouteTable<Endpoint<Context>>.Entry?, _ canonical: CanonicalRequest, isSomebody: Bool, refusal: GatehouseError?
    ) -> GatehouseError {
        let isOpen = entry?.methods.contains { entry?.endpoint($0)?.policy.isPublic == true } ?? false
        if !isOpen, !isSomebody, door.isAPI(canonical.path) {
            return refusal ?? GatehouseError(.signInRequired, "Nobody is signed in.")
        }
        guard let entry, !entry.methods.isEmpty else { return GatehouseError(.notFound, "No route has this path.") }
        return GatehouseError(.methodNotAllowed, "The route \(entry.pattern) answers to \(entry.methods.joined(separator: ", ")).")
    }

    private func refuse(_ error: any Error, _ request: Request, _ context: Context, id: String) -> Response {
        let error = GatehouseError(wrapping: error)
        var response =
            redirected(error, request.head, context.identity.request, isRouted: context.identity.isRouted)
            ?? ErrorResponse.make(error, requestID: id, page: Navigation.wantsHTML(request.head), challengesBasic: door.challengesBasic(request.head))
        if error.code == .methodNotAllowed, !context.identity.isRouted { response.headers[.allow] = methods(of: context.identity.request) }
        door.log(error, status: response.status, request.head, context.identity, context.logger)
        door.auditDenial(error, request.head, context.identity)
        return door.dressed(response, id: id, isHead: request.method == .head)
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

extension Request {
    /// The same request without fields that end here.
    fileprivate func without(_ names: SpelledNames) -> Request {
        guard !names.isEmpty, headers.contains(where: { names.contains($0.name) }) else { return self }
        var head = head
        head.headerFields.removeAll { names.contains($0.name) }
        return Request(head: head, body: body)
    }

    /// The same request as it looks where cookies mean nothing.
    fileprivate var withoutCookies: Request {
        guard headers.contains(.cookie) else { return self }
        var head = head
        head.headerFields[.cookie] = nil
        return Request(head: head, body: body)
    }
}

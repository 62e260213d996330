import GatehouseCore
import HTTPTypes
public import Hummingbird
import Logging
import NIOHTTP1

/// Answers every request: has it read once, the one route found that it means, who asks found out and the policy asked, and only then
/// calls the handler.
public struct GateResponder<Context: IdentityRequestContext>: HTTPResponder {
    let routes: GuardedRoutes
    let handlers: [RouteHandler<Context>]

    public func respond(to request: Request, context: Context) async throws -> Response {
        let door = routes.door
        let request = routes.isPrivate ? request.withoutCookies : request
        let id = door.reader.requestIDs.id(for: request.headers)
        var identity = context.identity
        do {
            let arrival = try routes.arrive(request.head, id: id, &identity)
            if let presented = arrival.presented {
                try await RequestFacts.$current.withValue(routes.facts(identity)) {
                    try await routes.identify(presented, request.head, arrival, &identity)
                }
            }
            let endpoint = try routes.endpoint(for: request.head, arrival, identity)
            let known = identity
            let context = admitted(context, known, id, arrival.parameters)
            var response = try await RequestFacts.$current.withValue(routes.facts(known)) {
                let authorized = try routes.authorize(endpoint, known)
                // Before the handler: what it has done must not be called a failure because activity could not be written.
                if door.claimsActivity(known) { try await door.noteActivity(known, context.logger) }
                let request = Request(head: request.head.without(door.credentials.strippedFields), body: request.body)
                switch handlers[endpoint.handler] {
                case .here(let answer): return try await answer(request, context)
                case .elsewhere(let forward, _): return try await forward(authorized, request, context)
                }
            }
            if let session = door.dueForRotation(known) {
                response = await door.rotateCookie(of: session, request.head, response, context.logger)
            }
            door.finish(&response, kind: endpoint.kind, id: id, isHead: request.method == .head)
            return response
        } catch let error as HTTPParserError {
            throw error
        } catch {
            return routes.refuse(error, request.head, identity, context.logger, id: id)
        }
    }

    /// What the handler gets to know of the request.
    private func admitted(
        _ context: Context, _ identity: RequestIdentity, _ id: String, _ parameters: [(name: String, value: String)]
    ) -> Context {
        var context = context
        context.identity = identity
        context.logger = context.logger.naming(request: id, tenant: routes.door.tenant(of: identity))
        for (name, value) in parameters { context.coreContext.parameters[Substring(name)] = Substring(value) }
        return context
    }
}

extension HTTPRequest {
    /// The same request without fields that end here.
    func without(_ names: SpelledNames) -> HTTPRequest {
        guard !names.isEmpty, headerFields.contains(where: { names.contains($0.name) }) else { return self }
        var request = self
        request.headerFields.removeAll { names.contains($0.name) }
        return request
    }
}

extension Request {
    /// The same request as it looks where cookies mean nothing.
    fileprivate var withoutCookies: Request {
        guard headers.contains(.cookie) else { return self }
        var head = head
        head.headerFields[.cookie] = nil
        return Request(head: head, body: body)
    }
}

extension Logger {
    /// The same logger for one request; both at once, so that it is copied once.
    func naming(request id: String, tenant: Tenant.ID) -> Logger {
        var logger = self
        logger[metadataKey: "gate.request_id"] = .string(id)
        logger[metadataKey: "gate.tenant"] = .string(tenant.rawValue)
        return logger
    }
}

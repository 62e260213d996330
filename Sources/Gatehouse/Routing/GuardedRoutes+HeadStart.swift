package import GatehouseCore
package import HTTPTypes
import Hummingbird

/// Begins to hand an admitted request over; `nil` where that has to wait for somebody.
package typealias ForwardingStart = @Sendable (borrowing AuthorizedRequest, HTTPRequest, GatewayConnection) -> (any StartedWork)?

extension GateResponder {
    /// What connections ask before a request comes here; `nil` where no route could use it.
    var headStart: HeadStart? {
        let starts = handlers.map(\.start)
        guard !routes.isPrivate, starts.contains(where: { $0 != nil }) else { return nil }
        return { [routes] request, connection in routes.startAhead(request, connection, starts) }
    }
}

extension GuardedRoutes {
    /// Decides about a request by the same rules as ever, as long as memory tells everything and nothing has to be written.
    ///
    /// Whatever is refused, unknown or due to be written is left alone, so that it is told, looked up and written in one place.
    fileprivate func startAhead(_ request: HTTPRequest, _ connection: GatewayConnection, _ starts: [ForwardingStart?]) -> StartedRequest? {
        guard request.method == .get || request.method == .head, !isUnderAPI(request), let channel = connection.context?.channel else { return nil }
        var identity = RequestIdentity(channel: channel)
        let id = door.reader.requestIDs.id(for: request.headerFields)
        do throws(GatehouseError) {
            let arrival = try locate(request, id: id, &identity)
            guard let handler = arrival.endpoint?.handler, let start = starts[handler] else { return nil }
            let asked = try door.identifyAtOnce(request, try identity.canonical, &identity, isPrivate: false, isAhead: true)
            guard asked == nil else { return nil }
            let endpoint = try endpoint(for: request, arrival, identity)
            if door.hasActivityDue(identity) || door.dueForRotation(identity) != nil { return nil }
            let authorized = try authorize(endpoint, identity)
            return start(authorized, request.without(door.credentials.strippedFields), connection).map { StartedRequest(id: id, work: $0) }
        } catch {
            return nil
        }
    }

    /// Saves a second look at requests that never go ahead; what it misses is found by the route.
    private func isUnderAPI(_ request: HTTPRequest) -> Bool { request.path?.utf8.starts(with: door.apiMount.utf8) ?? true }
}

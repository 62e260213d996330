package import Gatehouse
package import GatehouseCore
package import HTTPTypes
import NIOCore
import NIOHTTP1

extension ReverseProxy {
    /// Begins to forward a request without a body before the request loop hears of it, and answers it too if the response comes in one
    /// piece; `nil` where something has to be waited for or refused. To be called on the connection's event loop.
    ///
    /// Every other response, and every failure, is the request loop's: `forward` finds there what has begun here.
    package func start(
        _ authorized: borrowing AuthorizedRequest, _ request: HTTPRequest, to upstream: Upstream, on connection: GatewayConnection
    ) -> (any StartedWork)? {
        guard let eventLoop = connection.eventLoop, upstream.isAvailable(),
            upstream.allowsServiceWorker || !request.headerFields.asksForServiceWorker
        else { return nil }
        var token: String?
        if upstream.identity == .bearer, let principal = authorized.principal {
            token = hooks.knownBearer(principal, upstream)
            if token == nil { return nil }
        }
        guard let plan = try? ForwardingPlan(authorized, request, upstream, held: held, token: token), plan.body == .none, !plan.wantsTunnel else {
            return nil
        }
        let exchange = UpstreamExchange(plan, hasWholeBody: true, upstream, idle: upstream.pool.idle(on: eventLoop), client: connection)
        exchange.await { [weak exchange, weak connection] answer in
            if let connection, connection.isAhead, (try? answer.get())?.send(ahead: connection) == true { return }
            exchange?.keep(answer)
            connection?.passOn()
        }
        connection.onClose { exchange.cancel() }
        exchange.start(from: upstream.pool, on: eventLoop, plan.head, mayReuse: true)
        return exchange.isAwaited ? exchange : nil
    }
}

extension UpstreamAnswer {
    /// Sends the response if nothing of it is still to come and nothing has to be mended; answers whether it has.
    fileprivate func send(ahead connection: GatewayConnection) -> Bool {
        guard case .whole(let bytes) = body, let (fields, length) = ResponseFields(head.headers).plain else { return false }
        let status = head.status
        connection.answerAhead(
            (Int(status.code), status.reasonPhrase), length: length, bytes,
            fields: { head in for (name, value) in fields { head.putField(name, value) } })
        return true
    }
}

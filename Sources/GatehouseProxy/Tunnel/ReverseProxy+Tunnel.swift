import Gatehouse
import GatehouseCore
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1

extension ReverseProxy {
    /// Passes a WebSocket handshake on; joins the two connections if the upstream agrees, else its answer is a response like any other.
    func tunnel(_ handover: Handover, _ request: Request) async throws -> Response {
        let (answer, exchange) = try await handover.answer(to: request, whole: handover.plan.head, mayReuse: false)
        guard case .tunnel(let upstream, let gate) = answer.body else { return handover.response(answer, exchange) }
        guard answer.head.headers["upgrade"].first?.lowercased() == "websocket" else {
            upstream.close(promise: nil)
            throw GatehouseError(.upstreamInvalid, "The upstream switched to something else than a WebSocket.")
        }
        let client = handover.client
        let tunnel = Tunnel(owner: handover.owner, client: client.channel, upstream: upstream) { [tunnels] in tunnels.remove($0) }
        let lease = TunnelLease(tunnel)
        try await client.channel.eventLoop.run { [tunnels] in
            guard let handler = client.handler, handler.isExchanging else {
                throw CancellationError()
            }
            try tunnel.arm(gate.value)
            handler.onClose { tunnel.abandon() }
            handler.onSwitch {
                lease.keep()
                tunnels.add(tunnel)
                tunnel.open()
            }
        }
        var fields = HTTPFields(fromUpstream: answer.head.headers)
        fields[.upgrade] = "websocket"
        return Response(status: .switchingProtocols, headers: fields, body: ResponseBody { _ in await lease.tunnel.waitForEnd() })
    }
}

/// Ends a tunnel that was agreed on and never opened, because somebody dropped the response.
private final class TunnelLease: Sendable {
    let tunnel: Tunnel
    private let isKept: NIOLoopBoundBox<Bool>

    init(_ tunnel: Tunnel) {
        self.tunnel = tunnel
        isKept = .makeBoxSendingValue(false, eventLoop: tunnel.eventLoop)
    }

    deinit {
        let (tunnel, isKept) = (tunnel, isKept)
        tunnel.eventLoop.perform { if !isKept.value { tunnel.abandon() } }
    }

    func keep() { isKept.value = true }
}

import Gatehouse
import GatehouseCore
import HTTPTypes
import NIOCore

/// The head of a request as its upstream will read it, and what has to be known to send it.
struct ForwardingPlan: Sendable {
    enum Body: Sendable, Hashable {
        case none
        case length(Int)
        case chunked
    }

    /// The request line and all fields, with the empty line.
    private(set) var head = ByteBuffer()
    let method: HTTPRequest.Method
    let body: Body
    /// A WebSocket handshake (RFC 6455 section 4.1).
    let wantsTunnel: Bool
    /// The client waits for `100 Continue`, so the upstream is asked for it.
    let expectsContinue: Bool
    /// The fields that `Connection` names.
    private let named: [String]
    private let held: HeldFields

    init(
        _ authorized: borrowing AuthorizedRequest, _ request: HTTPRequest, _ upstream: Upstream, held: HeldFields, token: String?
    ) throws(GatehouseError) {
        self.held = held
        let canonical = authorized.request
        let fields = request.headerFields
        method = request.method
        body = try Self.body(fields)
        named = fields.namedByConnection
        wantsTunnel = Self.isHandshake(request, named)
        expectsContinue = body != .none && fields[.expect]?.lowercased() == "100-continue"
        if wantsTunnel, body != .none { throw GatehouseError(.malformedRequest, "A WebSocket handshake has a body.") }
        let principal = authorized.principal
        var head = ByteBuffer()
        head.writePieces(room: 2048) { head in
            putRequestLine(canonical, upstream, host: request.authority, in: &head)
            putFields(fields, isPeerTrusted: canonical.route.isPeerTrusted, in: &head)
            head.putForwarding(canonical, fields)
            if let principal { putIdentity(principal, upstream, in: &head) }
            if let token { head.putField("Authorization", "Bearer \(token)") }
            putFraming(in: &head)
        }
        self.head = head
    }

    /// Methods that may be sent twice (RFC 9110 section 9.2.2).
    var isIdempotent: Bool {
        switch method {
        case .get, .head, .options, .put, .delete, .trace: true
        default: false
        }
    }

    /// What the upstream may see of the request's trailer fields: nothing that it would not see as fields, and less.
    func trailers(_ fields: HTTPFields?) -> HTTPFields? {
        guard let fields else { return nil }
        var kept = HTTPFields()
        for field in fields {
            let name = field.name.canonicalName
            if !FieldRules.isForbiddenTrailer(name), !named.contains(name), !held.contains(field.name) { kept.append(field) }
        }
        return kept
    }

    private func putRequestLine(_ request: CanonicalRequest, _ upstream: Upstream, host: String?, in head: inout PieceWriter) {
        head.put(request.method)
        head.put(" ")
        head.put(upstream.target.basePath)
        head.put(request.path.raw)
        if let query = request.query {
            head.put("?")
            head.put(query)
        }
        head.put(" HTTP/1.1\r\n")
        head.putField("Host", host ?? request.host.description)
    }

    private func putFields(_ fields: HTTPFields, isPeerTrusted: Bool, in head: inout PieceWriter) {
        for field in fields {
            let name = field.name.canonicalName
            if FieldRules.isHopByHop(name) || FieldRules.isOurs(name) || FieldRules.isCredential(name) || held.contains(field.name) { continue }
            if !isPeerTrusted, FieldRules.isForTrustedProxies(name) { continue }
            if !named.isEmpty, named.contains(name) { continue }
            if field.name == .cookie {
                if let value = CookieRules.stripped(field.value) { head.putField(field.name.rawName, value) }
            } else {
                head.putField(field.name.rawName, field.value)
            }
        }
    }

    /// The tenant stands in its own field whatever the identity form, once: it says what the request is about.
    private func putIdentity(_ principal: Principal, _ upstream: Upstream, in head: inout PieceWriter) {
        if upstream.identity != .none { head.putIdentity(principal) }
        guard let field = held.tenant, upstream.identity == .none || !FieldRules.isTenant(field.canonicalName) else { return }
        head.putField(field.rawName, principal.tenant.rawValue)
    }

    private func putFraming(in head: inout PieceWriter) {
        switch body {
        case .none: break
        case .length(let length): head.putField("Content-Length", String(length))
        case .chunked: head.put("Transfer-Encoding: chunked\r\n")
        }
        if expectsContinue { head.put("Expect: 100-continue\r\n") }
        head.put(wantsTunnel ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" : "\r\n")
    }

    private static func body(_ fields: HTTPFields) throws(GatehouseError) -> Body {
        if fields.contains(.transferEncoding) { return .chunked }
        guard let text = fields[.contentLength] else { return .none }
        guard let length = Int(text), length >= 0 else { throw GatehouseError(.malformedRequest, "Content-Length is not a number.") }
        return .length(length)
    }

    /// Only WebSockets are tunnelled: another protocol, such as h2c, would carry requests past every check.
    private static func isHandshake(_ request: HTTPRequest, _ named: [String]) -> Bool {
        guard request.method == .get, let upgrade = request.headerFields[.upgrade], request.headerFields.contains(.secWebSocketKey) else {
            return false
        }
        return upgrade.split(separator: ",").contains { $0.trimmingSpace.lowercased() == "websocket" }
            && named.contains("upgrade")
    }
}

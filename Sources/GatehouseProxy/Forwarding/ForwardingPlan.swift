import Gatehouse
import GatehouseCore
import HTTPTypes
import HummingbirdCore
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
        _ authorized: borrowing AuthorizedRequest, _ request: Request, _ upstream: Upstream, held: HeldFields, token: String?
    ) throws(GatehouseError) {
        self.held = held
        let canonical = authorized.request
        let fields = request.headers
        method = request.method
        body = try Self.body(fields)
        named = fields.namedByConnection
        wantsTunnel = Self.isHandshake(request, named)
        expectsContinue = body != .none && fields[.expect]?.lowercased() == "100-continue"
        if wantsTunnel, body != .none { throw GatehouseError(.malformedRequest, "A WebSocket handshake has a body.") }
        head.reserveCapacity(1024)
        writeRequestLine(canonical, upstream, host: request.head.authority)
        writeFields(fields, isPeerTrusted: canonical.route.isPeerTrusted)
        head.writeForwarding(canonical, fields)
        if let principal = authorized.principal { writeIdentity(principal, upstream) }
        if let token { head.writeField("Authorization", "Bearer \(token)") }
        writeFraming()
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

    private mutating func writeRequestLine(_ request: CanonicalRequest, _ upstream: Upstream, host: String?) {
        head.writeString(request.method)
        head.writeStaticString(" ")
        head.writeString(upstream.target.basePath)
        head.writeString(request.path.raw)
        if let query = request.query {
            head.writeStaticString("?")
            head.writeString(query)
        }
        head.writeStaticString(" HTTP/1.1\r\nHost: ")
        head.writeString(host ?? request.host.description)
        head.writeStaticString("\r\n")
    }

    private mutating func writeFields(_ fields: HTTPFields, isPeerTrusted: Bool) {
        for field in fields {
            let name = field.name.canonicalName
            if FieldRules.isHopByHop(name) || FieldRules.isOurs(name) || FieldRules.isCredential(name) || held.contains(field.name) { continue }
            if !isPeerTrusted, FieldRules.isForTrustedProxies(name) { continue }
            if !named.isEmpty, named.contains(name) { continue }
            if field.name == .cookie {
                if let value = CookieRules.stripped(field.value) { head.writeField(field.name.rawName, value) }
            } else {
                head.writeField(field.name.rawName, field.value)
            }
        }
    }

    /// The tenant stands in its own field whatever the identity form, once: it says what the request is about.
    private mutating func writeIdentity(_ principal: Principal, _ upstream: Upstream) {
        if upstream.identity != .none { head.writeIdentity(principal) }
        guard let field = held.tenant, upstream.identity == .none || !FieldRules.isTenant(field.canonicalName) else { return }
        head.writeField(field.rawName, principal.tenant.rawValue)
    }

    private mutating func writeFraming() {
        switch body {
        case .none: break
        case .length(let length): head.writeField("Content-Length", String(length))
        case .chunked: head.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
        if expectsContinue { head.writeStaticString("Expect: 100-continue\r\n") }
        head.writeStaticString(wantsTunnel ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" : "\r\n")
    }

    private static func body(_ fields: HTTPFields) throws(GatehouseError) -> Body {
        if fields.contains(.transferEncoding) { return .chunked }
        guard let text = fields[.contentLength] else { return .none }
        guard let length = Int(text), length >= 0 else { throw GatehouseError(.malformedRequest, "Content-Length is not a number.") }
        return .length(length)
    }

    /// Only WebSockets are tunnelled: another protocol, such as h2c, would carry requests past every check.
    private static func isHandshake(_ request: Request, _ named: [String]) -> Bool {
        guard request.method == .get, let upgrade = request.headers[.upgrade], request.headers.contains(.secWebSocketKey) else {
            return false
        }
        return upgrade.split(separator: ",").contains { $0.trimmingSpace.lowercased() == "websocket" }
            && named.contains("upgrade")
    }
}

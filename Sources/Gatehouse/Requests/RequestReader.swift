import GatehouseCore
import HTTPTypes
import NIOCore
import Synchronization

/// Reads a request, once, into what policies see; believes forwarding headers from trusted proxies alone.
final class RequestReader: Sendable {
    let ours: Ours
    let trustedProxies: [AddressRange]
    let requestIDs: RequestIDs
    private let recent = RecentHost()

    init(ours: Ours, trustedProxies: [AddressRange], requestIDs: RequestIDs) {
        self.ours = ours
        self.trustedProxies = trustedProxies
        self.requestIDs = requestIDs
    }

    /// Throws `malformed_request`: see `CanonicalPath` and `Host`.
    func read(_ head: HTTPRequest, channel: any Channel, id: String, isPrivate: Bool) throws(GatehouseError) -> CanonicalRequest {
        try read(head, peer: channel.remoteAddress.flatMap(IPAddress.init(socket:)), id: id, isPrivate: isPrivate)
    }

    /// - Parameter peer: who is at the other end of the connection; `nil` where that is not known.
    func read(_ head: HTTPRequest, peer: IPAddress?, id: String, isPrivate: Bool) throws(GatehouseError) -> CanonicalRequest {
        let route = try route(head, peer: peer, isPrivate: isPrivate)
        return try CanonicalRequest(method: head.method.rawValue, target: head.path ?? "", route: route, id: id)
    }

    private func route(_ head: HTTPRequest, peer: IPAddress?, isPrivate: Bool) throws(GatehouseError) -> CanonicalRequest.Route {
        guard let authority = head.authority else { throw GatehouseError(.malformedRequest, "The request names no host.") }
        guard let peer, !isPrivate, trustedProxies.contains(where: { $0.contains(peer) }) else {
            return .init(peer: peer, client: peer, scheme: ours.scheme, host: try recent.host(authority, ours.scheme), isPeerTrusted: false)
        }
        let scheme = try forwardedScheme(head.headerFields) ?? ours.scheme
        let host = try single(.xForwardedHost, head.headerFields) ?? authority
        return .init(
            peer: peer, client: try client(head.headerFields, peer: peer), scheme: scheme, host: try recent.host(host, scheme), isPeerTrusted: true)
    }

    private func forwardedScheme(_ fields: HTTPFields) throws(GatehouseError) -> Scheme? {
        guard let text = try single(.xForwardedProto, fields) else { return nil }
        guard let scheme = Scheme(rawValue: text.lowercased()) else {
            throw GatehouseError(.malformedRequest, "A trusted proxy sent an X-Forwarded-Proto that is neither http nor https.")
        }
        return scheme
    }

    private func single(_ name: HTTPField.Name, _ fields: HTTPFields) throws(GatehouseError) -> String? {
        let values = fields[values: name]
        guard values.count < 2 else { throw GatehouseError(.malformedRequest, "A trusted proxy sent \(name) more than once.") }
        return values.first
    }

    /// The right-most forwarded address that is no trusted proxy; the left-most where all are.
    private func client(_ fields: HTTPFields, peer: IPAddress) throws(GatehouseError) -> IPAddress {
        var client = peer
        for text in fields[values: .xForwardedFor].flatMap({ $0.split(separator: ",") }).reversed() {
            guard let address = IPAddress(text.trimmingSpace) else {
                throw GatehouseError(.malformedRequest, "A trusted proxy sent an X-Forwarded-For that holds no address.")
            }
            client = address
            guard trustedProxies.contains(where: { $0.contains(address) }) else { break }
        }
        return client
    }
}

/// The host that was named last: nearly every request names the same.
private final class RecentHost: Sendable {
    private let last = Mutex<(text: String, scheme: Scheme, host: Host)?>(nil)

    /// As `Host.init`.
    func host(_ text: String, _ scheme: Scheme) throws(GatehouseError) -> Host {
        // Byte for byte: equal strings may differ in bytes.
        let known = last.withLock { last -> Host? in
            guard let last, last.scheme == scheme, last.text.isBytewise(text) else { return nil }
            return last.host
        }
        if let known { return known }
        let host = try Host(text, scheme: scheme)
        last.withLock { $0 = (text, scheme, host) }
        return host
    }
}

extension String {
    fileprivate func isBytewise(_ other: String) -> Bool {
        let (own, others) = (utf8.span, other.utf8.span)
        guard own.count == others.count else { return false }
        for index in own.indices where own[index] != others[index] { return false }
        return true
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let xForwardedHost = HTTPField.Name("X-Forwarded-Host")!
    static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
}

extension IPAddress {
    /// The address of a socket; `nil` for a Unix socket.
    init?(socket: SocketAddress) {
        switch socket {
        // sockaddr_in has the address at byte 4, sockaddr_in6 at byte 8, on every system that there is.
        case .v4(let address):
            self.init(ipv4: withUnsafeBytes(of: address.address) { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) })
        case .v6(let address):
            let halves = withUnsafeBytes(of: address.address) {
                ($0.loadUnaligned(fromByteOffset: 8, as: UInt64.self), $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            }
            self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
        case .unixDomainSocket: return nil
        }
    }
}

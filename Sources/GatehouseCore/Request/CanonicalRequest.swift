/// A request as it was parsed, once, at the door: what policies see and what a proxy forwards.
///
/// Path and query are kept byte for byte. Forwarding facts are believed only where the peer is a trusted proxy.
public struct CanonicalRequest: Sendable {
    /// What the socket's peer and, if it is trusted, its forwarding headers say.
    public struct Route: Sendable, Hashable {
        /// The other end of the socket; `nil` for a Unix socket or a request made in process.
        public let peer: IPAddress?
        /// The right-most forwarded address that is no trusted proxy, else the peer.
        public let client: IPAddress?
        public let scheme: Scheme
        public let host: Host
        /// The peer is a trusted proxy, so its forwarding headers may be kept and extended.
        public let isPeerTrusted: Bool

        public init(peer: IPAddress?, client: IPAddress?, scheme: Scheme, host: Host, isPeerTrusted: Bool) {
            self.peer = peer
            self.client = client
            self.scheme = scheme
            self.host = host
            self.isPeerTrusted = isPeerTrusted
        }
    }

    private final class Storage: Sendable {
        let method: String
        let path: CanonicalPath
        let query: String?
        let route: Route
        let id: String

        init(method: String, path: CanonicalPath, query: String?, route: Route, id: String) {
            self.method = method
            self.path = path
            self.query = query
            self.route = route
            self.id = id
        }
    }

    private let storage: Storage
    /// What the route's parameters matched, from the bytes as sent.
    public var parameters: [String: String] = [:]

    /// - Parameters:
    ///   - target: the request target in origin form, as sent: `/path?query`.
    ///   - id: the request id, already validated or made.
    /// Throws `malformed_request` when the target has no honest use; see `CanonicalPath`.
    public init(method: String, target: String, route: Route, id: String) throws(GatehouseError) {
        let query: String?
        let path: CanonicalPath
        if let length = Self.lengthBeforeQuery(target.utf8.span) {
            path = try CanonicalPath(String(target.utf8.prefix(length)) ?? "")
            let text = String(target.utf8.dropFirst(length + 1)) ?? ""
            guard Self.isHonestQuery(text) else { throw CanonicalPath.malformed("The query holds a control byte or a byte outside ASCII.") }
            query = text
        } else {
            path = try CanonicalPath(target)
            query = nil
        }
        storage = Storage(method: method, path: path, query: query, route: route, id: id)
    }

    public var method: String { storage.method }
    public var path: CanonicalPath { storage.path }
    /// The bytes behind the `?`, as sent; `nil` without a `?`.
    public var query: String? { storage.query }
    public var route: Route { storage.route }
    public var scheme: Scheme { storage.route.scheme }
    public var host: Host { storage.route.host }
    public var client: IPAddress? { storage.route.client }
    public var id: String { storage.id }
    public var origin: Origin { Origin(scheme: scheme, host: host) }

    /// The target in origin form, byte for byte as sent.
    public var target: String { query.map { "\(path.raw)?\($0)" } ?? path.raw }

    /// Whether the method only asks (RFC 9110 section 9.2.1).
    public var isSafe: Bool { method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" }

    /// How many bytes stand before the `?`; `nil` without one.
    private static func lengthBeforeQuery(_ target: Span<UInt8>) -> Int? {
        for index in target.indices where target[index] == UInt8(ascii: "?") { return index }
        return nil
    }

    private static func isHonestQuery(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }
    }
}

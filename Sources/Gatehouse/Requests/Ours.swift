import GatehouseCore
import NIOCore

/// Which origins are ours: those of the settings, never what `Host` says.
struct Ours: Sendable {
    private enum Rule: Sendable {
        case origins(Set<Origin>)
        /// localhost, 127.0.0.1 and [::1] on the port that the request came in on.
        case loopback
    }

    private let rule: Rule
    /// Hosts that the settings give to a tenant.
    private let tenantHosts: Set<Host>
    /// The scheme that clients use where no trusted proxy says otherwise.
    let scheme: Scheme
    /// What a 421 tells the operator.
    let remedy: String

    /// - Parameter publicURL: `nil` for a gateway that listens on loopback alone.
    init(publicURL: Origin?, tenantHosts: Set<Host> = []) {
        self.tenantHosts = tenantHosts
        guard let publicURL else {
            rule = .loopback
            scheme = .http
            remedy = "Without a public URL only localhost, 127.0.0.1 and [::1] are this gateway's own; set server.public_url."
            return
        }
        rule = .origins([publicURL])
        scheme = publicURL.scheme
        remedy = "Only \(publicURL) is this gateway's own; if people use another name, set server.public_url to it."
    }

    func contains(_ host: Host, port: Int?) -> Bool {
        if tenantHosts.contains(host) { return true }
        return switch rule {
        case .origins(let origins): origins.contains { $0.host == host }
        case .loopback: host.isLoopback && Self.isPort(host.port, port)
        }
    }

    func contains(_ origin: Origin, port: Int?) -> Bool {
        if tenantHosts.contains(origin.host) { return origin.scheme == scheme }
        return switch rule {
        case .origins(let origins): origins.contains(origin)
        case .loopback: origin.scheme == .http && contains(origin.host, port: port)
        }
    }

    private static func isPort(_ named: UInt16?, _ local: Int?) -> Bool { local.map { Int(named ?? 80) == $0 } ?? true }
}

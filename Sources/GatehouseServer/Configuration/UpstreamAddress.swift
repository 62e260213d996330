import GatehouseCore

/// Where an upstream listens: plain HTTP, a host and a port, nothing else.
public struct UpstreamAddress: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int

    /// Throws `configuration_invalid` for another scheme, a path, a query or user information.
    init(_ text: String) throws(GatehouseError) {
        guard !text.hasPrefix("https://") else {
            throw remedy("is an https URL, and this build speaks plain HTTP to upstreams: use http on a private network")
        }
        guard let origin = Origin(text.hasSuffix("/") ? text.dropLast() : text[...]) else {
            throw remedy("is no URL of an upstream: write it like http://127.0.0.1:3000, without a path")
        }
        host = origin.host.name.hasPrefix("[") ? String(origin.host.name.dropFirst().dropLast()) : origin.host.name
        port = Int(origin.host.port ?? 80)
    }

    public var description: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }
}

public import GatehouseCore

extension Upstream {
    /// Where an upstream listens: `http://host:port`, optionally with a path that is put before every request's.
    public struct Target: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        public let host: String
        public let port: Int
        /// Starts with `/` and does not end with one, or is empty.
        public let basePath: String

        /// Reads a URL; throws `configuration_invalid` for one that is not `http`, has user, query or fragment, or a path that could be read in
        /// two ways.
        public init(_ url: String) throws(GatehouseError) {
            guard let target = Target(reading: url) else {
                throw GatehouseError(
                    .configurationInvalid,
                    "“\(url.prefix(200))” is no address of an upstream; write it like http://127.0.0.1:3000, without user, query and fragment, and with a plain path."
                )
            }
            self = target
        }

        /// Traps at once if the literal is no such URL: a mistake in the program, found at start.
        public init(stringLiteral url: String) {
            guard let target = Target(reading: url) else { preconditionFailure("“\(url)” is no address of an upstream") }
            self = target
        }

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
            basePath = ""
        }

        private init?(reading url: String) {
            guard url.hasPrefix("http://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
                !url.utf8.contains(where: "@?#\\".utf8.contains)
            else { return nil }
            let rest = url.dropFirst(7)
            let authority = rest.prefix { $0 != "/" }
            guard let host = try? Host(authority, scheme: .http) else { return nil }
            self.host = host.name.hasPrefix("[") ? String(host.name.dropFirst().dropLast()) : host.name
            port = Int(host.port ?? 80)
            var path = rest.dropFirst(authority.count)
            // Letter case is the operator's choice; everything else that can be read in two ways is a mistake.
            guard path.isEmpty || (try? CanonicalPath(path.lowercased()))?.isPlain == true else { return nil }
            if path.hasSuffix("/") { path.removeLast() }
            basePath = String(path)
        }

        public var description: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(basePath)" }
    }
}

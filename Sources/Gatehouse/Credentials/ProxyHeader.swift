public import GatehouseCore
public import HTTPTypes

/// A header field in which a trusted proxy names the person that it has signed in.
///
/// It counts only from peers in `trustedProxies`; from anybody else it is dropped as if it had not been sent.
public struct ProxyHeader: Sendable {
    /// A field that proves the proxy to be itself; from a loopback peer, where any program could be the proxy, nothing counts without.
    public struct SharedSecret: Sendable {
        public let field: HTTPField.Name
        public let value: Secret<String>

        public init(field: HTTPField.Name, value: Secret<String>) {
            self.field = field
            self.value = value
        }
    }

    /// How an account is made for a person who has none yet.
    public struct Creation: Sendable {
        public var roles: Set<Role>
        public var tenant: Tenant.ID
        /// Only for subjects that end so, such as `@example.com`; for all where it is empty.
        public var suffixes: [String]

        public init(roles: Set<Role> = [], tenant: Tenant.ID = .default, suffixes: [String] = []) {
            self.roles = roles
            self.tenant = tenant
            self.suffixes = suffixes
        }

        func covers(_ subject: String) -> Bool { suffixes.isEmpty || suffixes.contains { subject.hasSuffix($0) } }
    }

    /// Such as `X-Remote-User`; its value is the subject that accounts are linked by.
    public var name: HTTPField.Name
    /// The provider that accounts are linked to.
    public var provider: String
    /// Believe the proxy only where it says that the client came over https.
    public var requiresHTTPS: Bool
    public var sharedSecret: SharedSecret?
    /// `nil`: only people whose accounts are linked already.
    public var creation: Creation?

    public init(
        name: HTTPField.Name, provider: String = "proxy", requiresHTTPS: Bool = true, sharedSecret: SharedSecret? = nil,
        creation: Creation? = nil
    ) {
        self.name = name
        self.provider = provider
        self.requiresHTTPS = requiresHTTPS
        self.sharedSecret = sharedSecret
        self.creation = creation
    }

    /// Throws `configuration_invalid` for what could never work, or would open more than it says.
    func validate() throws(GatehouseError) {
        let reserved: [HTTPField.Name] = [
            .authorization, .apiKey, .cookie, .csrfToken, .origin, .host, .xForwardedFor, .xForwardedHost, .xForwardedProto, .requestID,
        ]
        guard !reserved.contains(name), sharedSecret.map({ !reserved.contains($0.field) && $0.field != name }) ?? true else {
            throw Self.unusable("the field \(name) means something else already")
        }
        guard provider != Principal.localProvider, provider != FixedKey.provider, provider != ExternalIdentity.provider, !provider.isEmpty else {
            throw Self.unusable("the provider “\(provider.prefix(64))” is taken")
        }
        if let secret = sharedSecret?.value, secret.expose({ $0.utf8.count }) < 16 {
            throw Self.unusable("the shared secret has fewer than 16 bytes")
        }
        if let creation, creation.suffixes.contains("") { throw Self.unusable("an empty suffix covers everybody; leave the list out to mean that") }
    }

    private static func unusable(_ why: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "The trusted proxy's header (proxy_header) cannot be used: \(why).")
    }
}

extension ProxyHeader {
    /// The person whom the peer names; `nil` where it names nobody or may not.
    ///
    /// Throws `malformed_credential` for anything but one value.
    func subject(in fields: HTTPFields, _ route: CanonicalRequest.Route) throws(GatehouseError) -> String? {
        guard route.isPeerTrusted, fields.contains(name), isProved(fields, route), !requiresHTTPS || saysHTTPS(fields) else { return nil }
        let values = fields[values: name]
        guard values.count == 1, (1...256).contains(values[0].utf8.count), !values[0].utf8.contains(UInt8(ascii: ",")),
            values[0].trimmingSpace == values[0]
        else { throw GatehouseError(.malformedCredential, "The trusted proxy's \(name) is not one value.") }
        return values[0]
    }

    private func saysHTTPS(_ fields: HTTPFields) -> Bool { fields[values: .xForwardedProto].map { $0.lowercased() } == ["https"] }

    /// Where a secret is set every peer has to know it.
    private func isProved(_ fields: HTTPFields, _ route: CanonicalRequest.Route) -> Bool {
        guard let sharedSecret else { return route.peer?.isLoopback == false }
        let sent = fields[values: sharedSecret.field]
        guard sent.count == 1 else { return false }
        return sharedSecret.value.expose { constantTimeEqual(Array($0.utf8), Array(sent[0].utf8)) }
    }
}

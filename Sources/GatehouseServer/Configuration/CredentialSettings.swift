public import GatehouseCore

/// A key that stands in the settings: what it is called, the SHA-256 of its text, and what it may do.
public struct FixedKeySettings: Sendable {
    public var name = ""
    /// 32 bytes.
    public var sha256: [UInt8] = []
    /// Empty means none.
    public var scopes: [Scope] = []
    /// `nil`: the default tenant.
    public var tenant: Tenant.ID?
}

extension FixedKeySettings: ConfigurationMember {
    static let noun = "a key"
    static let keys: [ConfigurationKey<FixedKeySettings>] = [
        ConfigurationKey("name", \.name, .name, "What it is called in logs and audit events.", isRequired: true),
        ConfigurationKey("sha256", \.sha256, .digest, "The SHA-256 of the key's text, in hexadecimal.", isRequired: true),
        ConfigurationKey("scopes", \.scopes, .list(of: .openName("scope")), "What it may do; `[]` is nothing.", isRequired: true),
        ConfigurationKey("tenant", \.tenant, .openName("tenant"), "The tenant that it acts in; `default` if it is not given."),
    ]
}

/// A proxy that says in a header who is signed in; off until the header is named.
public struct ProxyHeaderSettings: Sendable {
    public var header: String?
    public var provider = "proxy"
    public var requireHTTPS = true
    public var secret: Secret<String>?
    public var secretHeader = "Gatehouse-Proxy-Secret"
    public var create = Create()

    /// What is made of somebody who has no account linked to the proxy.
    public struct Create: Sendable {
        public var enabled = false
        public var roles: [Role] = []
        /// `nil`: the default tenant.
        public var tenant: Tenant.ID?
        /// How the names end that are covered, such as `@example.com`; empty: all.
        public var suffixes: [String] = []
    }
}

/// The tenants, and how a request says which of them it means.
public struct TenancySettings: Sendable {
    /// A header that names the tenant.
    public var header: String?
    /// The parameter of a route's path that names the tenant.
    public var parameter: String?
    public var list: [TenantSettings] = []
}

/// One tenant with the hosts that are its own.
public struct TenantSettings: Sendable {
    public var id: Tenant.ID = .default
    /// The name to show; `nil`: the id.
    public var name: String?
    public var hosts: [Host] = []
}

extension TenantSettings: ConfigurationMember {
    static let noun = "a tenant"
    static let keys: [ConfigurationKey<TenantSettings>] = [
        ConfigurationKey("id", \.id, .openName("tenant"), "Its stable name.", isRequired: true),
        ConfigurationKey("name", \.name, .text, "The name to show."),
        ConfigurationKey("hosts", \.hosts, .list(of: .host), "Hosts under which requests are for this tenant; they count as ours."),
    ]
}

public import GatehouseAccounts
public import GatehouseCore
public import GatehouseTokens
public import Logging

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a gate can be told; every value has a secure default.
public struct GateSettings: Sendable {
    /// The path that the API lies under, in lower case and without a slash at the end.
    public var apiMount = "/api"
    /// Peers whose forwarding headers are believed, such as `10.0.0.0/8`; none by default.
    public var trustedProxies: [AddressRange] = []
    /// Lifetimes, password rules, throttling.
    public var accounts = AccountSettings()
    /// How long an access token lives.
    public var accessTokenLifetime: Duration = .seconds(15 * 60)
    /// How far apart two clocks may be.
    public var leeway: Duration = .seconds(30)
    /// `iss` of our tokens; the public URL where it is `nil`.
    public var issuer: String?
    /// `aud` of our tokens for our own API; the public URL and the API's mount where it is `nil`.
    public var audience: String?
    /// Others whose bearer tokens are taken here.
    public var issuers: [ForeignIssuer] = []
    /// Fetches the key sets of issuers that have a URL for theirs; `KeySetClient` of `GatehouseClient` has one.
    public var keySetFetch: KeySetFetch?
    /// How their key sets are kept.
    public var keySets = KeySetSettings()
    /// Keys that stand in the settings instead of the store.
    public var fixedKeys: [FixedKey] = []
    /// Take a name and a password, or a key, with every request (RFC 7617).
    public var acceptsBasic = false
    /// A header in which a trusted proxy names who is signed in.
    public var proxyHeader: ProxyHeader?
    /// What says which tenant a request is about.
    public var tenancy = Tenancy()
    /// Keys of the application's own.
    public var apiKeyLookup: APIKeyLookup?
    /// Users of the application's own.
    public var passwordCheck: PasswordCheck?
    /// A credential of the application's own.
    public var credential: CustomCredential?
    /// The password of the first administrator; where it is `nil` that of `GATEHOUSE_ADMIN_PASSWORD`, else a random one.
    public var administratorPassword: Secret<String>?
    /// Where the master key comes from.
    public var masterKey = MasterKeySource.automatic
    /// Limits of the connections that clients open.
    public var channel = ChannelSettings()
    /// Where audit events go; the log where it is `nil`.
    public var audit: AuditSink?
    public var logger = Logger(label: "gatehouse")
    public var clock = WallClock.system
    public var random = RandomSource.system

    public init() {}

    var chosenAdministratorPassword: Secret<String>? {
        administratorPassword ?? ProcessInfo.processInfo.environment["GATEHOUSE_ADMIN_PASSWORD"].flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    /// Throws `configuration_invalid` for a proxy's header that no proxy may send, and for an API mount under which nothing could be found, or that is the place of something else.
    func check() throws(GatehouseError) {
        guard proxyHeader == nil || !trustedProxies.isEmpty else {
            throw GatehouseError(
                .configurationInvalid, "A trusted proxy's header (proxy_header) needs trusted proxies (server.trusted_proxies); there are none.")
        }
        let taken = ["auth", ".well-known"]
        guard apiMount.utf8.count > 1, !apiMount.hasSuffix("/"), let path = try? CanonicalPath(apiMount), path.isPlain,
            !taken.contains(path.readings[0].segments.first ?? "")
        else {
            throw GatehouseError(
                .configurationInvalid,
                "“\(apiMount.prefix(64))” cannot be the API's mount (api.mount): write a path in lower case such as /api, not below /auth or /.well-known."
            )
        }
    }
}

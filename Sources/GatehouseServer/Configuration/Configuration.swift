public import GatehouseCore
public import GatehouseProxy
public import GatehouseTokens

/// Everything that a gateway can be told, with the defaults of each key.
///
/// Read it with `load`; a value of one's own takes the defaults and changes what it needs.
public struct Configuration: Sendable {
    public var server = Server()
    public var store = StoreLocation.sqlite(path: "gatehouse.db")
    public var api = API()
    /// `nil`: a welcome page in the place of a UI.
    public var ui: UITarget?
    public var uiGuard = Policy.signedIn
    /// `nil`: the default for the kind of UI; see `effectiveUIIdentity`.
    public var uiIdentity: UpstreamIdentity?
    public var upstreams: [UpstreamSettings] = []
    /// Further guards on parts of the UI's and the upstreams' paths.
    public var guards: [GuardSettings] = []
    /// Whose tokens are taken beside our own.
    public var issuers: [IssuerSettings] = []
    /// Keys that stand in the settings.
    public var apiKeys: [FixedKeySettings] = []
    /// Whether user name and password are taken with every request (RFC 7617).
    public var basic = false
    public var proxyHeader = ProxyHeaderSettings()
    public var tenants = TenancySettings()
    public var sessions = Sessions()
    public var passwords = Passwords()
    public var throttling = Throttling()
    /// The algorithm of our own tokens.
    public var signing = SigningAlgorithm.ES256
    /// A signing key of one's own: PEM, JWK, or for HS256 the bytes themselves.
    public var signingKey: Secret<[UInt8]>?
    public var signingRotation = SigningRotation()
    public var tokens = Tokens()
    public var masterKey: Secret<String>?
    public var adminPassword: Secret<String>?
    public var log = Log()

    /// Where each key that was given came from; a key that is not in it has its default.
    public internal(set) var provenance: [String: ConfigurationSource] = [:]
    /// The names of variables that hold secrets or stand in `.env`: no child process may inherit them.
    public internal(set) var secretEnvironmentNames: Set<String> = []

    public init() {}

    public struct Server: Sendable {
        public var host = "127.0.0.1"
        public var port = 8000
        public var publicURL: Origin?
        public var trustedProxies: [AddressRange] = []
        /// How long requests in flight may take after SIGTERM.
        public var drainTimeout: Duration = .seconds(30)
        public var limits = Limits()
    }

    public struct Limits: Sendable {
        public var headerBytes = 32 * 1024
        public var headerFields = 128
        public var headTimeout: Duration = .seconds(15)
        public var keepAliveTimeout: Duration = .seconds(75)
        public var bodyTimeout: Duration = .seconds(60)
        public var writeTimeout: Duration = .seconds(60)
    }

    public struct API: Sendable {
        public var mount = "/api"
    }

    public struct Sessions: Sendable {
        public var cookieIdle: Duration = .seconds(30 * 60)
        public var cookieAbsolute: Duration = .seconds(12 * 3600)
        public var tokenIdle: Duration = .seconds(24 * 3600)
        public var tokenAbsolute: Duration = .seconds(30 * 86_400)
        public var rotationGrace: Duration = .seconds(10)
        public var refreshGrace: Duration = .seconds(10)
    }

    public struct Passwords: Sendable {
        public var memoryKiB = 19 * 1024
        public var iterations = 2
        public var threads = 2
        public var queue = 64
    }

    public struct Throttling: Sendable {
        public var freeFailures = 5
        public var freeFailuresOverall = 20
        public var firstDelay: Duration = .seconds(1)
        public var longestDelay: Duration = .seconds(15 * 60)
        public var forgetAfter: Duration = .seconds(86_400)
    }

    public struct Tokens: Sendable {
        public var accessLifetime: Duration = .seconds(15 * 60)
        public var leeway: Duration = .seconds(30)
        /// `nil`: the public URL.
        public var issuer: String?
        /// `nil`: the public URL and the API's mount.
        public var audience: String?
    }

    public struct SigningRotation: Sendable {
        /// Zero: never.
        public var every: Duration = .seconds(90 * 86_400)
        /// How long a new key is published before it signs.
        public var publish: Duration = .seconds(86_400)
    }

    public struct Log: Sendable {
        public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        public enum Format: String, Sendable, CaseIterable { case text, json }
        public var level = Level.info
        public var format = Format.text
    }
}

/// What shows the UI.
public enum UITarget: Sendable, Hashable {
    case url(UpstreamAddress)
    case command(UICommand)
}

extension Configuration {
    /// `bearer` for a supervised UI, `headers` for one by URL, unless `ui_identity` says otherwise.
    public var effectiveUIIdentity: UpstreamIdentity {
        if let uiIdentity { return uiIdentity }
        if case .command = ui { return .bearer }
        return .headers
    }
}

import GatehouseCore
import GatehouseTokens

private typealias Key = ConfigurationKey<Configuration>

extension Configuration {
    /// Every key but those of the members of lists.
    static let keys: [ConfigurationKey<Configuration>] = serverKeys + uiKeys + credentialKeys + tenantKeys + accountKeys + tokenKeys + logKeys

    private static let serverKeys = [
        Key("server.host", \.server.host, .text, "The address to listen on.", flag: "--host"),
        Key("server.port", \.server.port, .integer(0...65_535), "The port to listen on; 0 takes a free one.", flag: "--port"),
        Key("server.public_url", \.server.publicURL, .publicURL, "What people type: scheme and host. `serve` wants it, with https."),
        Key(
            "server.trusted_proxies", \.server.trustedProxies, .list(of: .addressRange), "Peers whose forwarding headers are believed."
        ),
        Key("server.drain_timeout", \.server.drainTimeout, .duration(0...3600), "How long requests in flight may take after SIGTERM."),
        Key(
            "server.limits.header_bytes", \.server.limits.headerBytes, .integer(4096...1_048_576),
            "Request line and header fields together."),
        Key("server.limits.header_fields", \.server.limits.headerFields, .integer(16...10_000), "Header fields of a request."),
        Key(
            "server.limits.head_timeout", \.server.limits.headTimeout, .duration(1...3600),
            "From the first byte of a request to the end of its head."),
        Key(
            "server.limits.keep_alive_timeout", \.server.limits.keepAliveTimeout, .duration(1...3600),
            "Between two requests of a connection."),
        Key("server.limits.body_timeout", \.server.limits.bodyTimeout, .duration(1...3600), "Between two reads of a request body."),
        Key(
            "server.limits.write_timeout", \.server.limits.writeTimeout, .duration(1...3600),
            "How long a client may leave a full send buffer untouched."),
        Key("store", \.store, .store, "Where accounts are kept: `sqlite:` and a path.", flag: "--store"),
        Key("api.mount", \.api.mount, .path(allowsRoot: false), "The path that the API lies under."),
    ]

    private static let uiKeys = [
        Key("ui", \.ui, .ui, "The UI: a URL, or a command that is started on a private port (`{port}`).", flag: "--ui"),
        Key("ui_guard", \.uiGuard, .guardRule, "Who may see the UI."),
        Key("ui_identity", \.uiIdentity, .oneOf(), "How the UI learns who is signed in; `bearer` for a command, `headers` for a URL."),
        Key(
            "upstreams", \.upstreams, .members("upstreams", "list of upstreams"), "More upstreams, each under a path of its own; see below."),
        Key("guards", \.guards, .members("guards", "list of guards"), "Further guards on parts of those paths; see below."),
    ]

    private static let credentialKeys = [
        Key("issuers", \.issuers, .members("issuers", "list of issuers"), "Whose tokens are taken beside our own; see below."),
        Key("api_keys", \.apiKeys, .members("api_keys", "list of keys"), "Keys that stand in the settings; see below."),
        Key("basic", \.basic, .boolean, "Whether `Authorization: Basic` is taken."),
        Key("proxy_header.header", \.proxyHeader.header, .headerName, "The header in which a trusted proxy names the user."),
        Key("proxy_header.provider", \.proxyHeader.provider, .name, "The name under which accounts are linked to that proxy."),
        Key("proxy_header.require_https", \.proxyHeader.requireHTTPS, .boolean, "Whether the proxy must say that the client came by https."),
        Key("proxy_header.secret", \.proxyHeader.secret, .secret, "What the proxy proves itself with; needed where it is on this machine."),
        Key("proxy_header.secret_header", \.proxyHeader.secretHeader, .headerName, "The header in which it sends that."),
        Key("proxy_header.create.enabled", \.proxyHeader.create.enabled, .boolean, "Whether unknown users get an account."),
        Key("proxy_header.create.roles", \.proxyHeader.create.roles, .list(of: .openName("role")), "The roles of such an account."),
        Key("proxy_header.create.tenant", \.proxyHeader.create.tenant, .openName("tenant"), "Its tenant; `default` if it is not given."),
        Key(
            "proxy_header.create.suffixes", \.proxyHeader.create.suffixes, .list(of: .text),
            "Only for names that end so, such as `@example.com`; for all if it is empty."),
    ]

    private static let tenantKeys = [
        Key("tenants.header", \.tenants.header, .headerName, "A header that names the tenant, among those of the caller."),
        Key("tenants.parameter", \.tenants.parameter, .parameter, "The parameter of a path that names the tenant, among those of the caller."),
        Key("tenants.list", \.tenants.list, .members("tenants.list", "list of tenants"), "Tenants that are made at start; see below."),
    ]

    private static let accountKeys = [
        Key(
            "sessions.cookie_idle", \.sessions.cookieIdle, .duration(60...31_536_000),
            "Without activity a browser's session ends after this."),
        Key("sessions.cookie_absolute", \.sessions.cookieAbsolute, .duration(60...31_536_000), "A browser's session ends after this."),
        Key(
            "sessions.token_idle", \.sessions.tokenIdle, .duration(60...31_536_000),
            "Without activity a session without a cookie ends after this."),
        Key("sessions.token_absolute", \.sessions.tokenAbsolute, .duration(60...31_536_000), "A session without a cookie ends after this."),
        Key("sessions.rotation_grace", \.sessions.rotationGrace, .duration(0...60), "How long a rotated cookie works on."),
        Key(
            "sessions.refresh_grace", \.sessions.refreshGrace, .duration(0...60),
            "How long a used refresh token gives the same child again."),
        Key("passwords.memory_kib", \.passwords.memoryKiB, .integer(8192...1_048_576), "Memory of one Argon2id hash."),
        Key("passwords.iterations", \.passwords.iterations, .integer(1...64), "Passes of Argon2id."),
        Key("passwords.threads", \.passwords.threads, .integer(1...64), "How many passwords are hashed at the same time."),
        Key("passwords.queue", \.passwords.queue, .integer(4...10_000), "How many may wait; more are answered 503."),
        Key(
            "throttling.free_failures", \.throttling.freeFailures, .integer(1...1000),
            "Failed sign-ins of an account and address that cost nothing."),
        Key(
            "throttling.free_failures_overall", \.throttling.freeFailuresOverall, .integer(1...100_000),
            "Failed sign-ins of an account before unknown addresses wait."),
        Key("throttling.first_delay", \.throttling.firstDelay, .duration(1...3600), "The first delay; it doubles."),
        Key("throttling.longest_delay", \.throttling.longestDelay, .duration(1...86_400), "The longest delay."),
        Key("throttling.forget_after", \.throttling.forgetAfter, .duration(60...31_536_000), "Failures are forgotten after this."),
        Key("admin_password", \.adminPassword, .secret, "The first administrator's password; random if it is not given."),
    ]

    private static let tokenKeys = [
        Key("signing", \.signing, .oneOf([.ES256, .RS256, .EdDSA, .HS256]), "The algorithm of our own tokens."),
        Key("signing_key", \.signingKey, .secretBytes, "A signing key of your own: PEM, JWK, or the secret of HS256."),
        Key(
            "signing_rotation.every", \.signingRotation.every, .duration(0...315_360_000),
            "A new signing key is made this often; `0s` never does, nor does a key of your own."),
        Key(
            "signing_rotation.publish", \.signingRotation.publish, .duration(0...31_536_000),
            "How long a new key is published before it signs."),
        Key("master_key", \.masterKey, .secret, "What seals keys in the store: 32 bytes in base64url, several with commas, newest first."),
        Key("tokens.access_lifetime", \.tokens.accessLifetime, .duration(30...86_400), "The lifetime of an access token."),
        Key("tokens.leeway", \.tokens.leeway, .duration(0...300), "How far apart two clocks may be."),
        Key("tokens.issuer", \.tokens.issuer, .text, "`iss` of our tokens; the public URL if it is not given."),
        Key("tokens.audience", \.tokens.audience, .text, "`aud` of our tokens; the public URL with the API's mount if it is not given."),
    ]

    private static let logKeys = [
        Key("log.level", \.log.level, .oneOf(), "The least level that is logged."),
        Key("log.format", \.log.format, .oneOf(), "Lines for people, or one JSON object a line."),
    ]
}

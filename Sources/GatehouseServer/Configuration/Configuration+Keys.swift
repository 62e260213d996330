import GatehouseCore
import GatehouseProxy
import GatehouseTokens

private typealias Key = ConfigurationKey<Configuration>

extension Configuration {
    /// Every key but those of a single upstream.
    static let keys: [ConfigurationKey<Configuration>] = serverKeys + uiKeys + accountKeys + tokenKeys + logKeys

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
        Key("upstreams", \.upstreams, .upstreams, "More upstreams, each under a path of its own; see below."),
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

extension UpstreamSettings {
    /// The keys of one member of `upstreams`.
    static let keys: [ConfigurationKey<UpstreamSettings>] = [
        ConfigurationKey(
            "path", \.path, .path(allowsRoot: true), "The path that it lies under; kept when a request is forwarded.", isRequired: true),
        ConfigurationKey("to", \.to, .upstreamAddress, "Where it listens.", isRequired: true),
        ConfigurationKey("guard", \.guard, .guardRule, "Who may reach it.", isRequired: true),
        ConfigurationKey("identity", \.identity, .oneOf(), "How it learns who is signed in."),
        ConfigurationKey("service_worker", \.serviceWorker, .boolean, "Whether its pages may install a service worker on our origin."),
        ConfigurationKey("timeouts.connect", \.timeouts.connect, .duration(1...600), "Until a connection stands."),
        ConfigurationKey("timeouts.first_byte", \.timeouts.firstByte, .duration(1...86_400), "Until its response begins."),
        ConfigurationKey("timeouts.idle", \.timeouts.idle, .duration(1...2_592_000), "Between two pieces of its response."),
    ]
}

extension ValueKind where Value == [UpstreamSettings] {
    static let upstreams = ValueKind("list of upstreams", write: { _ in "[]" }) { (node, context) throws(GatehouseError) in
        var node = node
        if case .untyped(let text) = node.content { node = try node.inline(text) }
        guard case .list(let members) = node.content else { throw remedy("is \(node.kind), where a list of maps is wanted") }
        var upstreams: [UpstreamSettings] = []
        var problems: [String] = []
        for (index, member) in members.enumerated() {
            let tree = KeyTree(member, keys: UpstreamSettings.keys.map(\.path), prefix: "upstreams[\(index)].")
            problems += tree.problems
            var upstream = UpstreamSettings()
            for key in UpstreamSettings.keys {
                let name = "upstreams[\(index)].\(key.path)"
                guard let node = tree.nodes[key.path] else {
                    if key.isRequired { problems.append("\(name) (\(member.source)) is missing: an upstream has path, to and guard.") }
                    continue
                }
                do throws(GatehouseError) {
                    try key.read(node, &upstream, &context)
                } catch {
                    problems.append(problem(name, node.source, error))
                }
            }
            upstreams.append(upstream)
        }
        guard problems.isEmpty else { throw GatehouseError(.configurationInvalid, problems.joined(separator: "\n")) }
        return upstreams
    }
}

import Gatehouse
import GatehouseClient
import GatehouseProxy
import Logging
import NIOCore

extension Configuration {
    /// What the gate is told.
    func gateSettings(logger: Logger) throws(GatehouseError) -> GateSettings {
        var settings = GateSettings()
        settings.apiMount = api.mount
        settings.trustedProxies = server.trustedProxies
        settings.accounts = try accountSettings()
        settings.accessTokenLifetime = tokens.accessLifetime
        settings.leeway = tokens.leeway
        settings.issuer = tokens.issuer
        settings.audience = tokens.audience
        settings.issuers = try foreignIssuers
        settings.keySetFetch = KeySetClient().fetch
        settings.fixedKeys = fixedKeys
        settings.acceptsBasic = basic
        settings.proxyHeader = trustedProxyHeader
        settings.tenancy = tenancy
        settings.administratorPassword = adminPassword
        if let masterKey { settings.masterKey = .given(try MasterKey(parsing: masterKey)) }
        settings.channel = channelSettings
        settings.logger = logger
        return settings
    }

    private func accountSettings() throws(GatehouseError) -> AccountSettings {
        var settings = AccountSettings()
        settings.sessions.cookieIdle = sessions.cookieIdle
        settings.sessions.cookieAbsolute = sessions.cookieAbsolute
        settings.sessions.tokenIdle = sessions.tokenIdle
        settings.sessions.tokenAbsolute = sessions.tokenAbsolute
        settings.sessions.rotationGrace = sessions.rotationGrace
        settings.sessions.refreshGrace = sessions.refreshGrace
        settings.hashing.memoryKiB = passwords.memoryKiB
        settings.hashing.iterations = passwords.iterations
        settings.hashing.threads = passwords.threads
        settings.hashing.queue = passwords.queue
        settings.throttling.freeFailures = throttling.freeFailures
        settings.throttling.freeFailuresOverall = throttling.freeFailuresOverall
        settings.throttling.firstDelay = throttling.firstDelay
        settings.throttling.longestDelay = throttling.longestDelay
        settings.throttling.forgetAfter = throttling.forgetAfter
        settings.signing.algorithm = signing
        settings.signing.rotationInterval = signingRotation.every > .zero ? signingRotation.every : nil
        settings.signing.publishDelay = signingRotation.publish
        settings.signing.key = try signingKey.map { key throws(GatehouseError) in try SigningKey(configured: key, algorithm: signing) }
        return settings
    }

    private var channelSettings: ChannelSettings {
        var settings = ChannelSettings()
        settings.maxHeaderBytes = server.limits.headerBytes
        settings.maxHeaderFields = server.limits.headerFields
        settings.headTimeout = TimeAmount(server.limits.headTimeout)
        settings.keepAliveTimeout = TimeAmount(server.limits.keepAliveTimeout)
        settings.bodyTimeout = TimeAmount(server.limits.bodyTimeout)
        settings.writeTimeout = TimeAmount(server.limits.writeTimeout)
        return settings
    }

    /// The upstreams beside the UI.
    var proxied: [Upstream] {
        upstreams.compactMap { settings in
            guard let address = settings.to, let policy = settings.guard else { return nil }
            var timeouts = Upstream.Timeouts()
            timeouts.connect = TimeAmount(settings.timeouts.connect)
            timeouts.firstByte = TimeAmount(settings.timeouts.firstByte)
            timeouts.idle = TimeAmount(settings.timeouts.idle)
            return guarded(Upstream(settings.path, to: .init(host: address.host, port: address.port)), policy)
                .identity(settings.identity.form).timeouts(timeouts).allowingServiceWorker(settings.serviceWorker)
        }
    }

    /// The upstream behind its own guard and those of its paths.
    func guarded(_ upstream: Upstream, _ policy: Policy) -> Upstream {
        var all = upstream.requiring(policy)
        if let above = guardPolicy(above: upstream.path) { all = all.requiring(above, at: upstream.path) }
        for below in guards(below: upstream.path) {
            if let policy = below.guard { all = all.requiring(policy, at: below.path) }
        }
        return all
    }
}

extension UpstreamIdentity {
    var form: Upstream.Identity {
        switch self {
        case .headers: .headers
        case .bearer: .bearer
        case .none: .none
        }
    }
}

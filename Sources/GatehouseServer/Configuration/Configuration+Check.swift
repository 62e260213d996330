public import GatehouseCore

extension Configuration {
    /// What the gateway is started for.
    public enum Mode: Sendable {
        /// For everybody, behind TLS: an https public URL is a must.
        case serve
        /// For one developer on this machine: loopback and plain HTTP.
        case development
    }

    /// Throws `public_url_required` where the mode wants another public URL, `configuration_invalid` for a host that is open to
    /// the network in development.
    public func check(for mode: Mode) throws(GatehouseError) {
        switch mode {
        case .serve:
            guard server.publicURL?.scheme == .https else {
                throw GatehouseError(
                    .publicURLRequired,
                    "`gatehouse serve` needs server.public_url (GATEHOUSE_SERVER_PUBLIC_URL): the https URL under which people reach it, "
                        + "such as https://app.example.com. To try things out on this machine, use `gatehouse dev`.")
            }
        case .development:
            guard server.host == "localhost" || IPAddress(server.host)?.isLoopback == true else {
                throw GatehouseError(
                    .configurationInvalid,
                    problem(
                        "server.host", provenance["server.host"] ?? .builtIn,
                        remedy("is not loopback, and `gatehouse dev` speaks plain HTTP: use 127.0.0.1, or `gatehouse serve`")))
            }
        }
    }

    /// Settings that are sound each by itself and not together.
    var contradictions: [String] {
        var problems: [String] = []
        func contradict(_ key: String, _ sentence: String) {
            problems.append(problem(key, provenance[key] ?? .builtIn, remedy(sentence)))
        }
        if sessions.cookieIdle > sessions.cookieAbsolute {
            contradict("sessions.cookie_idle", "is longer than sessions.cookie_absolute: make it shorter")
        }
        if sessions.tokenIdle > sessions.tokenAbsolute {
            contradict("sessions.token_idle", "is longer than sessions.token_absolute: make it shorter")
        }
        if throttling.firstDelay > throttling.longestDelay {
            contradict("throttling.first_delay", "is longer than throttling.longest_delay: make it shorter")
        }
        if signingRotation.every > .zero, signingRotation.publish >= signingRotation.every {
            contradict("signing_rotation.publish", "is not shorter than signing_rotation.every: make it shorter")
        }
        for (key, sentence) in pathContradictions + credentialContradictions { contradict(key, sentence) }
        return problems
    }
}

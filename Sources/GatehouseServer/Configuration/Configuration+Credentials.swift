import GatehouseCore

extension Configuration {
    /// Issuers, keys, proxies and tenants that cannot stand beside each other.
    var credentialContradictions: [(key: String, sentence: String)] {
        issuerContradictions + keyContradictions + proxyContradictions + tenantContradictions
    }

    private var issuerContradictions: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        let own = tokens.issuer ?? server.publicURL?.description
        for issuer in issuers where issuer.issuer == own {
            found.append(("issuers", "has \(issuer.issuer), which is the issuer of our own tokens: remove it"))
        }
        for (name, same) in groups(issuers, by: \.issuer) where same.contains(where: { $0.tenant == nil }) || !areDistinct(same.map(\.tenant)) {
            found.append(("issuers", "has \(name) more than once: give each of them a tenant of its own"))
        }
        for (name, same) in groups(issuers, by: { $0.id ?? $0.issuer }) where Set(same.map(\.issuer)).count > 1 {
            found.append(("issuers", "has several issuers with the id \(name): give each an id of its own"))
        }
        return found
    }

    private var keyContradictions: [(key: String, sentence: String)] {
        groups(apiKeys, by: \.name).map { ("api_keys", "has several keys named \($0.0): give each a name of its own") }
            + groups(apiKeys, by: \.sha256).map { ("api_keys", "has the same key as \($0.1.map(\.name).joined(separator: " and ")): remove one") }
    }

    private var proxyContradictions: [(key: String, sentence: String)] {
        guard proxyHeader.header != nil else {
            guard let stray = provenance.keys.filter({ $0.hasPrefix("proxy_header.") }).min() else { return [] }
            return [(stray, "has no effect without proxy_header.header: name the header, or remove it")]
        }
        var found: [(key: String, sentence: String)] = []
        if server.trustedProxies.isEmpty {
            found.append(("proxy_header.header", "is believed from nobody: name the proxy's address in server.trusted_proxies"))
        }
        if trustsLoopback, proxyHeader.secret == nil {
            found.append(
                ("proxy_header.header", "would be believed from every program of this machine: give the proxy a proxy_header.secret"))
        }
        if let secret = proxyHeader.secret, secret.expose({ $0.utf8.count < 16 }) {
            found.append(("proxy_header.secret", "is shorter than 16 characters: make one with openssl rand -hex 32"))
        }
        if proxyHeader.header?.lowercased() == proxyHeader.secretHeader.lowercased() {
            found.append(("proxy_header.secret_header", "is the header of the user too: choose another"))
        }
        if proxyHeader.provider == Principal.localProvider {
            found.append(("proxy_header.provider", "is the name of Gatehouse's own accounts: choose another"))
        }
        return found
    }

    private var trustsLoopback: Bool {
        server.trustedProxies.contains { range in
            range.description.hasPrefix("127.") || ["127.0.0.1", "::1"].contains { IPAddress($0).map(range.contains) ?? false }
        }
    }

    private var tenantContradictions: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = groups(tenants.list, by: \.id).map {
            ("tenants.list", "has the tenant \($0.0) more than once: make one of them")
        }
        found += groups(tenants.list.flatMap(\.hosts), by: { $0 }).map {
            ("tenants.list", "has the host \($0.0) more than once: give it to one tenant")
        }
        if let host = server.publicURL?.host, let tenant = tenants.list.first(where: { $0.hosts.contains(host) }) {
            found.append(("tenants.list", "gives the host of server.public_url to \(tenant.id): the public host belongs to all"))
        }
        return found
    }

    private func groups<Member, Key: Hashable>(_ members: [Member], by key: (Member) -> Key) -> [(Key, [Member])] {
        Dictionary(grouping: members, by: key).filter { $0.value.count > 1 }.sorted { "\($0.key)" < "\($1.key)" }.map { ($0.key, $0.value) }
    }

    private func areDistinct(_ tenants: [Tenant.ID?]) -> Bool { Set(tenants).count == tenants.count }
}

import Gatehouse
import HTTPTypes

/// Who may call, as the gate is told it.
extension Configuration {
    var foreignIssuers: [ForeignIssuer] {
        get throws(GatehouseError) {
            var all: [ForeignIssuer] = []
            for settings in issuers { all.append(try settings.foreignIssuer) }
            return all
        }
    }

    var fixedKeys: [FixedKey] {
        apiKeys.map { FixedKey(name: $0.name, sha256: $0.sha256, scopes: Set($0.scopes), tenant: $0.tenant ?? .default) }
    }

    var tenancy: Tenancy {
        var tenancy = Tenancy()
        for tenant in tenants.list {
            for host in tenant.hosts { tenancy.hosts[host.description] = tenant.id }
        }
        tenancy.parameter = tenants.parameter
        tenancy.header = tenants.header.flatMap { HTTPField.Name($0) }
        return tenancy
    }

    /// `nil` where no proxy is believed.
    var trustedProxyHeader: ProxyHeader? {
        guard let name = proxyHeader.header.flatMap({ HTTPField.Name($0) }) else { return nil }
        var trusted = ProxyHeader(name: name, provider: proxyHeader.provider, requiresHTTPS: proxyHeader.requireHTTPS)
        if let secret = proxyHeader.secret, let field = HTTPField.Name(proxyHeader.secretHeader) {
            trusted.sharedSecret = .init(field: field, value: secret)
        }
        let create = proxyHeader.create
        if create.enabled {
            trusted.creation = .init(roles: Set(create.roles), tenant: create.tenant ?? .default, suffixes: create.suffixes)
        }
        return trusted
    }
}

extension IssuerSettings {
    fileprivate var foreignIssuer: ForeignIssuer {
        get throws(GatehouseError) {
            var issuer = ForeignIssuer(issuer: issuer, audience: Set(audience), keys: try source, id: id)
            issuer.algorithms = algorithms.map { Set($0) }
            issuer.types = Set(types)
            issuer.allowsMissingType = !requiresType
            issuer.leeway = leeway
            issuer.tenant = tenant
            issuer.mapping = mapping
            return issuer
        }
    }

    private var source: ForeignIssuer.Keys {
        get throws(GatehouseError) {
            if let ring = try keyRing() { return .fixed(ring) }
            guard let jwksURL else { throw GatehouseError(.invalidKey, "The issuer \(issuer.prefix(128)) has no keys.") }
            return .remote(url: jwksURL)
        }
    }

    private var mapping: ClaimMapping {
        var mapping = ClaimMapping()
        mapping.rolesClaim = rolesClaim
        mapping.rolePrefix = rolePrefix
        mapping.roleMap = rolesMap
        mapping.scopeClaim = scopeClaim
        mapping.scopePrefix = scopePrefix
        mapping.tenantClaim = tenantClaim
        mapping.nameClaim = nameClaim
        mapping.emailClaim = emailClaim
        mapping.trustsEmail = trustsEmail
        return mapping
    }
}

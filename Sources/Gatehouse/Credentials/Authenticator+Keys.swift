import GatehouseAccounts
import GatehouseCore
import GatehouseTokens
import HTTPTypes

extension Authenticator {
    /// A key in a field for keys: ours, one of the settings, or one of the application's own.
    ///
    /// Throws `invalid_token` for every other, also for a good key from an address that it may not come from.
    func caller(apiKey text: String, _ request: CanonicalRequest, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        if let caller = try await caller(ownKey: text, from: request.client, in: named) { return caller }
        guard apiKeyLookup != nil else { throw Self.unknownKey }
        return try await caller(applicationKey: text, request, in: named)
    }

    /// `nil` for what is no key of ours and none of the settings.
    func caller(ownKey text: String, from client: IPAddress?, in named: Tenant.ID?) async throws(GatehouseError) -> Caller? {
        if let entry = fixedKeys.find(text) {
            try require(entry.key.addresses.isEmpty || client.map { client in entry.key.addresses.contains { $0.contains(client) } } ?? false)
            try entry.key.tenant.requireNamed(named)
            return Caller(entry.principal)
        }
        guard APIKeyText.isLikely(text) else { return nil }
        var found = accounts.apiKeys.cached(text)
        if found == nil { found = try await accounts.apiKeys.find(text) }
        guard let found else { throw Self.unknownKey }
        try require(found.allows(client))
        try found.principal.tenant.requireNamed(named)
        return Caller(found.principal, apiKey: found)
    }

    /// A key that the application looks up itself.
    func caller(applicationKey text: String, _ request: CanonicalRequest, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        guard let apiKeyLookup else { throw Self.unknownKey }
        let found = try await Self.asking { try await apiKeyLookup(Secret(text), request) }
        guard let found else { throw Self.unknownKey }
        try found.tenant.requireNamed(named)
        return Caller(found.vouched(as: .apiKey))
    }

    /// A credential of the application's own; `nil` where it says that there is none.
    func caller(custom request: CanonicalRequest, _ fields: HTTPFields, in named: Tenant.ID?) async throws(GatehouseError) -> Caller? {
        guard let custom, let found = try await Self.asking({ try await custom.check(request, fields) }) else { return nil }
        try found.tenant.requireNamed(named)
        return Caller(found.vouched(as: .custom))
    }

    private func require(_ isAllowed: Bool) throws(GatehouseError) {
        guard isAllowed else { throw GatehouseError(.invalidToken, "The API key may not be used from this address.") }
    }

    private static let unknownKey = GatehouseError(.invalidToken, "The API key is unknown, revoked or expired, or its owner is gone.")

    /// Whatever the application throws is a refusal: its own as it stands, everything else `invalid_token`.
    private static func asking<Answer: Sendable>(_ body: () async throws -> Answer) async throws(GatehouseError) -> Answer {
        do {
            return try await body()
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw GatehouseError(.invalidToken, "The application refused the credential: \(type(of: error)).", cause: error)
        }
    }
}

extension Principal {
    /// As the application vouches for it: without a session or key of ours, which it cannot have.
    fileprivate func vouched(as credential: Credential) -> Principal {
        Principal(
            id: id, authProvider: authProvider, kind: kind, username: username, name: name, email: email, tenant: tenant, roles: roles,
            permissions: permissions.narrowed(to: scopes), scopes: scopes, credential: credential, authenticatedAt: authenticatedAt,
            expiresAt: expiresAt, claims: claims, ownerRoles: ownerRoles, ownerPermissions: ownerPermissions)
    }
}

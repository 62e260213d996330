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
        guard apiKeyLookup != nil else { throw Self.unknownKey(text) }
        return try await caller(applicationKey: text, request, in: named)
    }

    /// `nil` for what is no key of ours and none of the settings.
    func caller(ownKey text: String, from client: IPAddress?, in named: Tenant.ID?) async throws(GatehouseError) -> Caller? {
        if let caller = try caller(fixedKey: text, from: client, in: named) { return caller }
        guard APIKeyText.isLikely(text) else { return nil }
        guard let found = try await accounts.apiKeys.find(text) else { throw Self.unknownKey(text) }
        return try caller(found, from: client, in: named)
    }

    func caller(fixedKey text: String, from client: IPAddress?, in named: Tenant.ID?) throws(GatehouseError) -> Caller? {
        guard let entry = fixedKeys.find(text) else { return nil }
        let isAllowed = entry.key.addresses.isEmpty || client.map { client in entry.key.addresses.contains { $0.contains(client) } } ?? false
        try Self.require(isAllowed, entry.principal)
        try entry.key.tenant.requireNamed(named, of: entry.principal)
        return Caller(entry.principal)
    }

    func caller(_ key: LiveAPIKey, from client: IPAddress?, in named: Tenant.ID?) throws(GatehouseError) -> Caller {
        try Self.require(key.allows(client), key.principal)
        try key.principal.tenant.requireNamed(named, of: key.principal)
        return Caller(key.principal, apiKey: key)
    }

    /// A key that the application looks up itself.
    func caller(applicationKey text: String, _ request: CanonicalRequest, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        guard let apiKeyLookup else { throw Self.unknownKey(text) }
        let found = try await GatehouseError.asking { try await apiKeyLookup(Secret(text), request) }
        guard let found else { throw Self.unknownKey(text) }
        try found.tenant.requireNamed(named, of: found)
        return Caller(found.vouched(as: .apiKey))
    }

    /// A credential of the application's own; `nil` where it says that there is none.
    ///
    /// Throws `invalid_token` where nobody takes the credential in `Authorization`: a cookie beside it does not make up for it.
    func caller(custom request: CanonicalRequest, _ fields: HTTPFields, in named: Tenant.ID?) async throws(GatehouseError) -> Caller? {
        guard let custom, let found = try await GatehouseError.asking({ try await custom.check(request, fields) }) else {
            guard !fields.contains(.authorization) else {
                throw GatehouseError(.invalidToken, "The application does not take the credential in Authorization, and no other scheme is its own.")
            }
            return nil
        }
        try found.tenant.requireNamed(named, of: found)
        return Caller(found.vouched(as: .custom))
    }

    private static func require(_ isAllowed: Bool, _ principal: Principal) throws(GatehouseError) {
        guard isAllowed else {
            throw GatehouseError(.invalidToken, "The API key may not be used from this address.", cause: RefusedCredential(keyOf: principal))
        }
    }

    private static func unknownKey(_ text: String) -> GatehouseError {
        GatehouseError(
            .invalidToken, "The API key is unknown, revoked or expired, or its owner is gone.",
            cause: RefusedCredential(key: .init(id: APIKeyText(text)?.id)))
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

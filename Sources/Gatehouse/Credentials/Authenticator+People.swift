import GatehouseAccounts
import GatehouseCore
import GatehouseTokens

extension Authenticator {
    /// A verified token of somebody else is a principal by itself: its roles count as they do in the store's tenant.
    func caller(_ identity: ForeignIdentity, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        let tenant = try identity.tenant(named: named)
        let rights = try await rights(of: identity.roles, in: tenant, allowingSystem: identity.explicitRoles)
        return Caller(foreign: identity.principal(in: tenant, with: rights))
    }

    func rights(of roles: Set<Role>, in tenant: Tenant.ID, allowingSystem: Set<Role>) async throws(GatehouseError) -> Rights {
        if let rights = accounts.roles.cachedPermissions(of: roles, in: tenant, allowingSystem: allowingSystem) { return rights }
        return try await accounts.roles.permissions(of: roles, in: tenant, allowingSystem: allowingSystem)
    }

    /// A name and a password (RFC 7617), or a key: as the whole password, or its id and its secret.
    ///
    /// Throws as `SignIns.verify` does; a password that is one of our keys is judged as a key alone.
    func caller(basic: BasicCredential, _ request: CanonicalRequest, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        if let caller = try await caller(keyIn: basic, request, in: named) { return caller }
        // Before the password is looked at: whatever is changed meanwhile ends what this opens.
        let provedAt = clock.now()
        let user = try await passwords.verify(basic.name, basic.password, address: request.client?.description)
        return Caller(try await principal(of: user, in: named, credential: .basic, authenticatedAt: provedAt))
    }

    private func caller(keyIn basic: BasicCredential, _ request: CanonicalRequest, in named: Tenant.ID?) async throws(GatehouseError) -> Caller? {
        let text = basic.password.expose { $0 }
        // A password may begin as our keys do.
        if APIKeyText(text) != nil || fixedKeys.find(text) != nil {
            return try await caller(ownKey: text, from: request.client, in: named)?.presentingBasic
        }
        // Of another length it is no secret of a key, and not worth a look into the store.
        guard basic.name.utf8.count == 16, text.utf8.count == 43, let kind = try await accounts.apiKeys.find(id: basic.name)?.key.kind,
            let whole = APIKeyText.text(kind: kind, id: basic.name, secret: text), try await accounts.apiKeys.find(whole) != nil
        else { return nil }
        return try await caller(ownKey: whole, from: request.client, in: named)?.presentingBasic
    }

    /// The account that is linked to the person whom a trusted proxy names.
    ///
    /// Throws `forbidden` for somebody without one, unless the settings have it made.
    func caller(proxySubject subject: String, in named: Tenant.ID?) async throws(GatehouseError) -> Caller {
        guard let proxyHeader else { throw GatehouseError(.signInRequired, "No trusted proxy's header is set.") }
        var user = try await accounts.links.find(provider: proxyHeader.provider, subject: subject)
        if user == nil { user = try await made(subject, proxyHeader) }
        guard let user else {
            throw GatehouseError(.forbidden, "No account is linked to the person whom the trusted proxy names.")
        }
        return Caller(try await principal(of: user, in: named, credential: .trustedProxy))
    }

    /// Throws `forbidden` where the account cannot be made, as when another has the name: it is never taken for the same person.
    private func made(_ subject: String, _ header: ProxyHeader) async throws(GatehouseError) -> User? {
        guard let creation = header.creation, creation.covers(subject) else { return nil }
        let new = NewUser(username: subject, password: nil, roles: creation.roles, tenant: creation.tenant)
        do throws(GatehouseError) {
            return try await accounts.links.create(new, provider: header.provider, subject: subject)
        } catch {
            guard error.code == .conflict || error.code == .validationFailed else { throw error }
            throw GatehouseError(.forbidden, "No account can be made for the person whom the trusted proxy names: \(error.message)", cause: error)
        }
    }

    private func principal(
        of user: User, in named: Tenant.ID?, credential: Principal.Credential, authenticatedAt: Timestamp? = nil
    ) async throws(GatehouseError) -> Principal {
        do throws(GatehouseError) {
            return try await account(user.id, in: named).principal(credential, authenticatedAt: authenticatedAt)
        } catch {
            guard error.code == .forbidden, error.cause == nil else { throw error }
            throw GatehouseError(
                .forbidden, error.message, cause: RefusedCredential(owner: user.identity, tenant: user.tenant, named: named))
        }
    }
}

extension ForeignIdentity {
    /// The tenant that the token is of; throws `forbidden` where the request names another.
    func tenant(named: Tenant.ID?) throws(GatehouseError) -> Tenant.ID {
        let tenant = tenant ?? .default
        guard named == nil || named == tenant else {
            throw GatehouseError(
                .forbidden, "The token belongs to the tenant “\(tenant)”, the request names another.",
                cause: RefusedCredential(owner: Principal.Identity(authProvider: issuerID, id: subject), tenant: tenant, named: named))
        }
        return tenant
    }

    func principal(in tenant: Tenant.ID, with rights: Rights) -> ForeignPrincipal {
        principal(in: tenant, roles: rights.roles, permissions: rights.permissions) {
            Principal(
                id: subject, authProvider: issuerID, username: username, name: name, email: email, tenant: tenant, roles: rights.roles,
                permissions: rights.permissions.narrowed(to: scopes), scopes: scopes, credential: .foreignToken, authenticatedAt: authenticatedAt,
                expiresAt: expiresAt, claims: token.claims, ownerPermissions: rights.permissions)
        }
    }
}

extension Caller {
    /// The same key, presented as `Basic`.
    fileprivate var presentingBasic: Caller {
        Caller(
            Principal(
                id: principal.id, authProvider: principal.authProvider, kind: principal.kind, username: principal.username, name: principal.name,
                email: principal.email, tenant: principal.tenant, roles: principal.roles, permissions: principal.permissions,
                scopes: principal.scopes, credential: .basic, expiresAt: principal.expiresAt, credentialID: principal.credentialID,
                ownerRoles: principal.ownerRoles, ownerPermissions: principal.ownerPermissions), apiKey: apiKey)
    }
}

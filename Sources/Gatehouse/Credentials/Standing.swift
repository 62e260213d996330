import GatehouseAccounts
import GatehouseCore

/// What a credential without a session stands on, and falls with.
enum Standing: Sendable, Hashable {
    case apiKey(id: String)
    case fixedKey(name: String)
    /// A local account that proved itself by password or through a trusted proxy.
    case account
    /// The roles that a foreign token gives count as the store has them.
    case roles
    /// What the application said.
    case stated

    init(_ principal: Principal) {
        switch (principal.authProvider, principal.credentialID, OwnClaims.kind(of: principal)) {
        case (Principal.localProvider, let id?, _): self = .apiKey(id: id)
        case (FixedKey.provider, let name?, _): self = .fixedKey(name: name)
        case (_, _, .basic), (_, _, .trustedProxy): self = .account
        case (_, _, .foreignToken): self = .roles
        default: self = .stated
        }
    }
}

extension Authenticator {
    /// The principal of a credential without a session with the rights of now; `nil` where what it stands on is gone.
    func renewed(_ principal: Principal) async throws(GatehouseError) -> Principal? {
        switch Standing(principal) {
        case .apiKey(let id): try await renewed(principal, key: id)
        case .fixedKey(let name):
            fixedKeys.find(name: name).map { principal.granted($0.principal.roles, $0.principal.permissions, scopes: $0.principal.scopes) }
        case .account: try await renewedAccount(principal)
        case .roles: try await renewedRoles(principal)
        case .stated: principal
        }
    }

    private func renewed(_ principal: Principal, key id: String) async throws(GatehouseError) -> Principal? {
        var found = accounts.apiKeys.cached(id: id)
        if found == nil { found = try await accounts.apiKeys.find(id: id) }
        guard let now = found?.principal, now.identity == principal.identity, now.tenant == principal.tenant else { return nil }
        return principal.granted(
            now.roles, now.permissions, scopes: now.scopes, ownerRoles: now.ownerRoles, ownerPermissions: now.ownerPermissions)
    }

    /// A new password ends what the old one opened.
    private func renewedAccount(_ principal: Principal) async throws(GatehouseError) -> Principal? {
        guard let account = try await liveAccount(principal.id, in: principal.tenant) else { return nil }
        if let proved = principal.authenticatedAt, proved < account.user.passwordChangedAt { return nil }
        return principal.granted(account.rights.roles, account.rights.permissions, scopes: principal.scopes)
    }

    private func renewedRoles(_ principal: Principal) async throws(GatehouseError) -> Principal? {
        // Whichever of them are system roles were allowed when the token was read.
        let rights = try await rights(of: principal.roles, in: principal.tenant, allowingSystem: principal.roles)
        return principal.granted(rights.roles, rights.permissions, scopes: principal.scopes)
    }
}

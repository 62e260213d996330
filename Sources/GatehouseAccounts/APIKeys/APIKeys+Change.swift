public import GatehouseCore
public import GatehouseStore
import GatehouseTokens

/// Where there is an `owner`, another's key is `not_found`.
extension APIKeys {
    /// Makes a key for a user in a tenant; its text is shown this once.
    ///
    /// Throws `validation_failed` naming every scope and role that the user does not hold there, and other fields that are wrong;
    /// `not_found` for a user who is disabled, unknown or no member; `conflict` at the limit of working keys.
    public func create(
        _ new: NewAPIKey, for user: String, in tenant: Tenant.ID, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) -> (key: APIKey, text: Secret<String>) {
        let now = environment.clock.now()
        try new.check(at: now)
        let (id, text) = try APIKeyText.make(kind: new.kind, random: environment.random)
        let record = APIKeyRecord(
            id: id, hash: text.expose { SHA256Digest(hashing: $0).bytes }, kind: new.kind, name: new.name, user: user, tenant: tenant,
            scopes: new.scopes, roles: new.roles, addresses: new.addresses, createdAt: now, expiresAt: new.expiresAt)
        let limit = limits.perUser
        try await environment.driver.write { transaction throws(GatehouseError) in
            // First, so that of transactions at once each sees what those before it made.
            try transaction.markChanged()
            guard let owner = try UserRecord.find(id: user, scope: .everyTenant, in: transaction),
                let account = try LiveAccount.read(owner, in: tenant, transaction)
            else { throw GatehouseError(.notFound, "There is no such user, or the user is disabled or no member of the tenant.") }
            try new.check(for: account)
            try Self.checkCount(of: user, limit: limit, at: now, in: transaction)
            _ = try record.insert(in: transaction)
        }
        environment.record("api_key.created", actor: actor, subject: id, tenant: tenant, details: ["owner": user])
        return (APIKey(record), text)
    }

    /// Gives a key another name. Throws `validation_failed`, `not_found`.
    public func rename(
        _ id: String, to name: String, of owner: String? = nil, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) -> APIKey {
        if let problem = DisplayName.problem(with: name) {
            throw GatehouseError(
                .validationFailed, "The API key was not renamed: \(problem)",
                fields: [FieldError(field: "name", code: "invalid", message: problem)])
        }
        defer { dropCached() }
        let renamed = try await environment.driver.write { transaction throws(GatehouseError) -> APIKeyRecord in
            guard try APIKeyRecord.rename(id, to: name, of: owner, scope: scope, in: transaction),
                let record = try APIKeyRecord.find(id: id, of: owner, scope: scope, in: transaction)
            else { throw Self.unknown }
            try transaction.markChanged()
            return record
        }
        environment.record("api_key.renamed", actor: actor, subject: id, tenant: renamed.tenant)
        return APIKey(renamed)
    }

    /// Revokes a key for good; does nothing to one that is revoked. Throws `not_found`.
    public func revoke(
        _ id: String, of owner: String? = nil, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        let now = environment.clock.now()
        defer { dropCached() }
        let revoked = try await environment.driver.write { transaction throws(GatehouseError) -> APIKeyRecord? in
            guard let record = try APIKeyRecord.find(id: id, of: owner, scope: scope, in: transaction) else { throw Self.unknown }
            guard try APIKeyRecord.revoke(id, of: owner, at: now, scope: scope, in: transaction) else { return nil }
            try transaction.markChanged()
            return record
        }
        guard let revoked else { return }
        environment.record("api_key.revoked", actor: actor, subject: id, tenant: revoked.tenant, details: ["owner": revoked.user])
    }

    /// Makes a key in the place of another: with the same name, scopes, roles, addresses and, where there is one, length of life. The old
    /// one works for `overlap` more, or until its own end.
    ///
    /// Of many at once one does. Throws `not_found`; `conflict` for a key that works no more or was replaced before, and at the limit of
    /// working keys; `validation_failed` for an overlap that is negative or over 30 days.
    public func rotate(
        _ id: String, overlap: Duration, of owner: String? = nil, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) -> (key: APIKey, text: Secret<String>) {
        guard overlap >= .zero, overlap <= limits.longestOverlap else {
            let message = "The old key works on for 0 to \(limits.longestOverlap.secondsRoundedUp) seconds."
            throw GatehouseError(
                .validationFailed, "The API key was not rotated: \(message)",
                fields: [FieldError(field: "overlap", code: "invalid", message: message)])
        }
        let now = environment.clock.now()
        // The kind is in the text, and never changes.
        let kind = try await environment.driver.read { transaction throws(GatehouseError) in
            try APIKeyRecord.find(id: id, of: owner, scope: scope, in: transaction)?.kind
        }
        guard let kind else { throw Self.unknown }
        let (newID, text) = try APIKeyText.make(kind: kind, random: environment.random)
        let hash = text.expose { SHA256Digest(hashing: $0).bytes }
        let limit = limits.perUser
        defer { dropCached() }
        let made = try await environment.driver.write { transaction throws(GatehouseError) -> APIKeyRecord in
            try transaction.markChanged()
            guard let old = try APIKeyRecord.find(id: id, of: owner, scope: scope, in: transaction) else { throw Self.unknown }
            guard try APIKeyRecord.shorten(id, to: now + overlap, of: owner, at: now, scope: scope, in: transaction) else {
                throw GatehouseError(.conflict, "The API key is revoked or expired; make a new one.")
            }
            let new = old.successor(id: newID, hash: hash, at: now)
            guard try new.insert(in: transaction) else {
                throw GatehouseError(.conflict, "The API key was rotated before; rotate the key that was made in its place.")
            }
            try Self.checkCount(of: old.user, limit: limit + 1, at: now, in: transaction)
            return new
        }
        environment.record(
            "api_key.rotated", actor: actor, subject: newID, tenant: made.tenant, details: ["owner": made.user, "replaces": id])
        return (APIKey(made), text)
    }

    private static let unknown = GatehouseError(.notFound, "There is no such API key.")

    private static func checkCount(
        of user: String, limit: Int, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        guard try APIKeyRecord.liveCount(of: user, at: now, scope: .everyTenant, in: transaction) < limit else {
            throw GatehouseError(.conflict, "The user has as many working API keys as a user may have; revoke one first.")
        }
    }

    private func dropCached() {
        caches.apiKeys.dropAll()
        caches.apiKeysByID.dropAll()
    }
}

extension APIKeyRecord {
    /// The key that takes this one's place.
    fileprivate func successor(id: String, hash: [UInt8], at now: Timestamp) -> APIKeyRecord {
        APIKeyRecord(
            id: id, hash: hash, kind: kind, name: name, user: user, tenant: tenant, scopes: scopes, roles: roles, addresses: addresses,
            createdAt: now, expiresAt: expiresAt.map { min(now + ($0 - createdAt), NewAPIKey.latestEnd) }, replaces: self.id)
    }
}

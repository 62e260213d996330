public import GatehouseCore
public import GatehouseStore

/// The accounts of people whom others vouch for.
public struct Links: Sendable {
    let environment: Environment
    let caches: Caches
    let users: Users

    /// The user who is linked, from memory, enabled or not. `nil` means no more than that `find` has to be asked.
    public func cached(provider: String, subject: String) -> User? {
        caches.links.value(Link.Name(provider: provider, subject: subject), at: environment.clock.now())
    }

    /// The user who is linked, enabled or not; `nil` where nobody is. Never writes. Throws `store_unavailable`.
    ///
    /// It asks for no scope: a pair is linked once in the whole store, and the row decides the tenant. What the user may do is asked of
    /// `Accounts.people`, which knows no disabled ones.
    public func find(provider: String, subject: String) async throws(GatehouseError) -> User? {
        let name = Link.Name(provider: provider, subject: subject)
        if let cached = caches.links.value(name, at: environment.clock.now()) { return cached }
        let generation = caches.links.generation
        let found = try await environment.driver.read { transaction throws(GatehouseError) in
            try LinkedAccountRecord.user(of: provider, subject, scope: .everyTenant, in: transaction).map { User($0) }
        }
        if let found { caches.links.insert(found, for: name, readAt: generation) }
        return found
    }

    /// The links of a user.
    public func list(of user: String, in scope: TenantScope) async throws(GatehouseError) -> [Link] {
        try await environment.driver.read { transaction throws(GatehouseError) in
            try LinkedAccountRecord.list(of: user, scope: scope, in: transaction).map { Link($0) }
        }
    }

    /// Links a user; does nothing where it is so already. A user may have several links.
    ///
    /// Throws `conflict` when the pair is another user's, `not_found` when there is no such user, `validation_failed`.
    public func link(
        user: String, provider: String, subject: String, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        try Link.Name(provider: provider, subject: subject).check()
        let record = LinkedAccountRecord(provider: provider, subject: subject, user: user, linkedAt: environment.clock.now())
        defer { caches.dropAll() }
        let linked = try await environment.driver.write { transaction throws(GatehouseError) -> UserRecord? in
            guard let found = try UserRecord.find(id: user, scope: scope, in: transaction) else {
                throw GatehouseError(.notFound, "There is no such user.")
            }
            if try record.insert(scope: scope, in: transaction) {
                try transaction.markChanged()
                return found
            }
            let owner = try LinkedAccountRecord.user(of: provider, subject, scope: .everyTenant, in: transaction)
            guard owner?.id == user else {
                throw GatehouseError(
                    .conflict, "The link was refused: this subject of the provider is another user's; unlink it there first.",
                    fields: [FieldError(field: "subject", code: "taken", message: "Another account has it.")])
            }
            return nil
        }
        guard let linked else { return }
        environment.record("account.linked", actor: actor, subject: user, tenant: linked.tenant, details: ["provider": provider])
    }

    /// Removes a link. Throws `not_found`.
    public func unlink(
        provider: String, subject: String, in scope: TenantScope, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) {
        defer { caches.dropAll() }
        let user = try await environment.driver.write { transaction throws(GatehouseError) -> UserRecord? in
            let user = try LinkedAccountRecord.user(of: provider, subject, scope: scope, in: transaction)
            guard try LinkedAccountRecord.delete(provider, subject, scope: scope, in: transaction) else {
                throw GatehouseError(.notFound, "Nobody is linked to this subject of the provider.")
            }
            try transaction.markChanged()
            return user
        }
        environment.record(
            "account.unlinked", actor: actor, subject: user?.id, tenant: user?.tenant, details: ["provider": provider])
    }

    /// Makes a user who is linked from the start; of many at once for the same pair one does, and all get its user.
    ///
    /// A user who has the name already is never taken for the same person. Throws what `Users.create` throws, `conflict` for such a
    /// name among it.
    public func create(
        _ new: NewUser, provider: String, subject: String, by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) -> User {
        try Link.Name(provider: provider, subject: subject).check()
        let record = try await users.record(of: new)
        let link = LinkedAccountRecord(provider: provider, subject: subject, user: record.id, linkedAt: environment.clock.now())
        let user = try await environment.driver.write { transaction throws(GatehouseError) -> User in
            // First, so that of two transactions the second waits here and then sees what the first made.
            try transaction.markChanged()
            if let linked = try LinkedAccountRecord.user(of: provider, subject, scope: .everyTenant, in: transaction) {
                return User(linked)
            }
            _ = try MetaRecord.hadUser.claim(in: transaction)
            try record.insert(with: new.roles, in: transaction)
            _ = try link.insert(scope: .tenant(record.tenant), in: transaction)
            return User(record)
        }
        if user.id == record.id {
            caches.dropAll()
            environment.record(
                "user.created", actor: actor, subject: user.id, tenant: user.tenant,
                details: ["reason": "linked", "provider": provider])
        }
        return user
    }
}

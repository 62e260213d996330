public import GatehouseCore
public import GatehouseStore

/// The people of the store.
public struct Users: Sendable {
    let environment: Environment
    let hasher: PasswordHasher
    let ending: SessionEnding
    let roleRules: Roles

    /// Makes a user. Throws `validation_failed` and `password_rejected` naming the fields, `conflict` when an account of any tenant
    /// has the name or the address in any spelling. Costs about 15 ms of a processor for the password.
    public func create(_ new: NewUser, by actor: Principal.Identity? = nil) async throws(GatehouseError) -> User {
        let record = try await record(of: new)
        try await environment.driver.write { transaction throws(GatehouseError) in
            _ = try MetaRecord.hadUser.claim(in: transaction)
            try record.insert(with: new.roles, in: transaction)
            try transaction.markChanged()
        }
        environment.record("user.created", actor: actor, subject: record.id, tenant: record.tenant)
        return User(record)
    }

    /// The user with this id; `nil` if there is none in the scope.
    public func find(id: String, in scope: TenantScope) async throws(GatehouseError) -> User? {
        try await environment.driver.read { transaction throws(GatehouseError) in
            try UserRecord.find(id: id, scope: scope, in: transaction).map { User($0) }
        }
    }

    /// The user who signs in with this user name or e-mail address, in any spelling.
    public func find(name: String, in scope: TenantScope) async throws(GatehouseError) -> User? {
        let canonical = AccountName(typed: name).canonical
        return try await environment.driver.read { transaction throws(GatehouseError) in
            try UserRecord.find(canonicalName: canonical, scope: scope, in: transaction).map { User($0) }
        }
    }

    /// A page of users, ordered by the bytes of their names.
    ///
    /// - Parameter username: the last name of the page before.
    public func list(
        in scope: TenantScope, after username: String = "", limit: Int = 100
    ) async throws(GatehouseError) -> [User] {
        try await environment.driver.read { transaction throws(GatehouseError) in
            try UserRecord.list(after: username, limit: max(0, min(limit, 1000)), scope: scope, in: transaction).map { User($0) }
        }
    }

    /// The roles that a user has in the scope's tenants.
    public func roles(of id: String, in scope: TenantScope) async throws(GatehouseError) -> Set<Role> {
        try await environment.driver.read { transaction throws(GatehouseError) in
            Set(try RoleRecord.list(of: id, scope: scope, in: transaction).map(\.role))
        }
    }

    /// The row of a new user. Throws what `create` throws for what is wrong with the user alone.
    func record(of new: NewUser) async throws(GatehouseError) -> UserRecord {
        try new.validate()
        let now = environment.clock.now()
        var hash: String?
        if let password = new.password {
            try PasswordRules.check(password, names: [new.username, new.email ?? ""])
            hash = try await hasher.hash(password, address: nil)
        }
        return UserRecord(
            id: environment.newID(), tenant: new.tenant, username: new.username, email: new.email, name: new.name ?? new.username,
            passwordHash: hash, passwordChangedAt: now, passwordChangeRequired: new.mustChangePassword, createdAt: now)
    }
}

extension MetaRecord {
    /// The store has or had a user; stays when the last one is deleted.
    static let hadUser = MetaRecord(key: "had_user", value: "1")
}

extension NewUser {
    fileprivate func validate() throws(GatehouseError) {
        var errors: [FieldError] = []
        if let problem = AccountName.problem(withUsername: username) {
            errors.append(FieldError(field: "username", code: "invalid", message: problem))
        }
        if let email, let problem = AccountName.problem(withEmail: email) {
            errors.append(FieldError(field: "email", code: "invalid", message: problem))
        }
        if let name, !(1...256).contains(name.unicodeScalars.count) || name.unicodeScalars.contains(where: { $0.value < 32 }) {
            errors.append(FieldError(field: "name", code: "invalid", message: "A name has 1 to 256 visible characters."))
        }
        guard errors.isEmpty else { throw GatehouseError(.validationFailed, "A new user was refused.", fields: errors) }
    }
}

extension UserRecord {
    /// Inserts the user with all names and roles. Throws `conflict` and `validation_failed` naming the field.
    func insert(with roles: Set<Role>, in transaction: any SQLTransaction) throws(GatehouseError) {
        guard try TenantRecord.find(tenant, scope: .tenant(tenant), in: transaction) != nil else {
            throw GatehouseError(
                .validationFailed, "A new user was refused: there is no tenant “\(tenant)”; make it first.",
                fields: [FieldError(field: "tenant", code: "unknown", message: "There is no tenant “\(tenant)”.")])
        }
        let name = AccountName(typed: username).canonical
        let address = email.map { AccountName(typed: $0).canonical }
        try claim(name, "username", in: transaction)
        if let address, address != name { try claim(address, "email", in: transaction) }
        guard try insert(in: transaction) else { throw Self.taken("username") }
        try assign(roles, in: tenant, at: createdAt, in: transaction)
    }

    /// Gives a user roles that exist. Throws `validation_failed` for one that does not.
    func assign(
        _ roles: Set<Role>, in tenant: Tenant.ID, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        for role in roles.sorted() {
            guard try RoleRecord.find(role, scope: .tenant(tenant), in: transaction) != nil else {
                throw GatehouseError(
                    .validationFailed, "There is no role “\(role)” in the tenant “\(tenant)”; define it first.",
                    fields: [FieldError(field: "roles", code: "unknown", message: "There is no role “\(role)”.")])
            }
            try RoleAssignmentRecord(user: id, tenant: tenant, role: role).insert(at: now, in: transaction)
        }
    }

    private func claim(_ canonical: String, _ field: String, in transaction: any SQLTransaction) throws(GatehouseError) {
        guard try AccountNameRecord(canonical: canonical, kind: .user, account: id).claim(in: transaction) else {
            throw Self.taken(field)
        }
    }

    private static func taken(_ field: String) -> GatehouseError {
        GatehouseError(
            .conflict, "A new user was refused: another account has the \(field).",
            fields: [FieldError(field: field, code: "taken", message: "Another account has it.")])
    }
}

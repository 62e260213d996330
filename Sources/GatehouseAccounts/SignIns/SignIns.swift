public import GatehouseCore
import GatehouseStore

/// Signing in with a password.
///
/// An unknown name, a disabled account and a wrong password cost the same work and get the same answer. Failures are counted by the name
/// that is typed, so an account with an e-mail address has two counts, its user name's and its address's: one for both would tell
/// which address belongs to which name.
public struct SignIns: Sendable {
    let environment: Environment
    let hasher: PasswordHasher
    let throttle: Throttle
    let ending: SessionEnding

    /// The user whose name and password these are; changes the password first where a new one is given.
    ///
    /// Throws `invalid_credentials`; `too_many_attempts` and `server_busy`, both with `retryAfter`; `password_change_required` when the
    /// password must be changed and no new one is given; `password_rejected` for a new one that may not be set. Costs about 15 ms of a
    /// processor, a new password as much again.
    public func signIn(_ attempt: SignInAttempt) async throws(GatehouseError) -> User {
        let user = try await prove(attempt.password, name: attempt.name, address: attempt.address, action: "sign_in")
        return try await auditingRefusal(of: "sign_in", subject: user, attempt.address) { () throws(GatehouseError) in
            if let newPassword = attempt.newPassword {
                return try await change(user, from: attempt.password, to: newPassword, keeping: nil, address: attempt.address)
            }
            try Self.refuseOldPassword(user)
            return User(user)
        }
    }

    /// The user whose name and password these are, for a request that carries them itself (HTTP Basic, RFC 7617); the same work and the
    /// same counts as `signIn`, each time.
    ///
    /// Throws `invalid_credentials`; `too_many_attempts` and `server_busy`, both with `retryAfter`; `password_change_required`.
    public func verify(name: String, password: Secret<String>, address: String?) async throws(GatehouseError) -> User {
        let user = try await prove(password, name: name, address: address, action: "basic")
        return try await auditingRefusal(of: "basic", subject: user, address) { () throws(GatehouseError) in
            try Self.refuseOldPassword(user)
            return User(user)
        }
    }

    private static func refuseOldPassword(_ user: UserRecord) throws(GatehouseError) {
        guard !user.passwordChangeRequired else {
            throw GatehouseError(.passwordChangeRequired, "The user \(user.username) must choose a new password first.")
        }
    }

    /// The enabled user whose password this is; a refusal is audited as `action`.
    ///
    /// - Parameter id: the user that it has to be; `nil` for whoever has the name.
    func prove(
        _ password: Secret<String>, name: String, of id: String? = nil, address: String?, action: String
    ) async throws(GatehouseError) -> UserRecord {
        let name = AccountName(typed: name)
        let buckets = throttle.buckets(name, address: address)
        let found = try await auditingRefusal(of: action, subject: nil, address) { () throws(GatehouseError) in
            let found = try await find(name, buckets)
            return id == nil || found?.id == id ? found : nil
        }
        return try await auditingRefusal(of: action, subject: found, address) { () throws(GatehouseError) in
            try await verify(password, of: found, buckets, address: address)
        }
    }

    private func find(_ name: AccountName, _ buckets: Throttle.Buckets) async throws(GatehouseError) -> UserRecord? {
        let throttle = throttle
        return try await environment.driver.read { transaction throws(GatehouseError) in
            try throttle.check(buckets, in: transaction)
            return try UserRecord.find(canonicalName: name.canonical, scope: .everyTenant, in: transaction)
        }
    }

    private func verify(
        _ password: Secret<String>, of found: UserRecord?, _ buckets: Throttle.Buckets, address: String?
    ) async throws(GatehouseError) -> UserRecord {
        let throttle = throttle
        let candidate = found?.disabledAt == nil ? found : nil
        let isRight = try await hasher.verify(password, candidate?.passwordHash, address: address)
        guard isRight, let user = candidate else {
            try await environment.driver.write { transaction throws(GatehouseError) in try throttle.fail(buckets, in: transaction) }
            throw GatehouseError(.invalidCredentials, "The name or the password is wrong, or the account is disabled.")
        }
        try await environment.driver.write { transaction throws(GatehouseError) in
            try throttle.succeed(buckets, user: user.id, in: transaction)
        }
        try await rehash(user, password, address: address)
        return user
    }

    private func auditingRefusal<Value>(
        of action: String, subject: UserRecord?, _ address: String?, _ body: () async throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        do throws(GatehouseError) {
            return try await body()
        } catch {
            environment.recordRefusal(action, error.code, subject: subject?.id, tenant: subject?.tenant, address: address)
            throw error
        }
    }

    /// Sets a new password in the place of one that was just proved, renews the session to keep and ends the user's others.
    func change(
        _ user: UserRecord, from old: Secret<String>, to new: Secret<String>, keeping kept: KeptSession?, address: String?
    ) async throws(GatehouseError) -> User {
        try PasswordRules.check(new, names: [user.username, user.email ?? ""], field: "new_password")
        guard !new.expose({ new in old.expose { new.utf8.elementsEqual($0.utf8) } }) else {
            throw GatehouseError(
                .passwordRejected, "A new password was refused: unchanged.",
                fields: [FieldError(field: "new_password", code: "unchanged", message: "The new password is the old one.")])
        }
        let hash = try await hasher.hash(new, address: address)
        let now = environment.clock.now()
        defer { ending.forgetCached() }
        let (changed, ended) = try await environment.driver.write { transaction throws(GatehouseError) -> (UserRecord?, Int) in
            let isFresh = try UserRecord.changePassword(
                from: user.passwordChangedAt, to: hash, of: user.id, at: now, scope: .tenant(user.tenant), in: transaction)
            guard isFresh else { throw GatehouseError(.invalidCredentials, "The password was changed meanwhile.") }
            try kept?.renew(at: now, in: transaction)
            let ended = try SessionRecord.endAll(of: user.id, except: kept?.id, at: now, scope: .everyTenant, in: transaction)
            try transaction.markChanged()
            return (try UserRecord.find(id: user.id, scope: .tenant(user.tenant), in: transaction), ended.count)
        }
        environment.record(
            "password.changed", actor: User(user).identity, subject: user.id, tenant: user.tenant, address: address,
            details: ["sessions_ended": "\(ended)"])
        return User(changed ?? user)
    }

    /// Hashes anew what was hashed with other parameters than those of now.
    private func rehash(_ user: UserRecord, _ password: Secret<String>, address: String?) async throws(GatehouseError) {
        guard let old = user.passwordHash, hasher.isOutdated(old) else { return }
        do throws(GatehouseError) {
            let new = try await hasher.hash(password, address: address)
            try await environment.driver.write { transaction throws(GatehouseError) in
                try UserRecord.replaceHash(old, with: new, of: user.id, scope: .tenant(user.tenant), in: transaction)
            }
        } catch  where error.code == .serverBusy {
            // The next sign-in does it; this one is as good without.
        }
    }
}

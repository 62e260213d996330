public import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// The account that a new store starts with: user name `admin`, role `admin`.
public struct FirstAdministrator: Sendable {
    public enum Outcome: Sendable {
        /// The store has or had a user: nothing was made.
        case none
        /// Made with the password that was given.
        case given
        /// Made with this random password, which must be changed before anything else.
        case random(Secret<String>)
    }

    public static let username = "admin"

    let environment: Environment
    let hasher: PasswordHasher

    /// As `ensure(password:tell:)`, for a caller who tells a random password afterwards: it is lost if that fails.
    public func ensure(password: Secret<String>? = nil) async throws(GatehouseError) -> Outcome {
        try await ensure(password: password) { _ in }
    }

    /// Makes the administrator in a store that never had a user; of two processes that start together one does.
    ///
    /// Throws `configuration_invalid` for a given password that may not be set, made or not, and what `tell` throws.
    /// - Parameter tell: gets a random password while the administrator is being made: if it throws, none is. It runs inside the
    ///   transaction and must not use the store.
    public func ensure(
        password: Secret<String>? = nil, tell: @escaping @Sendable (Secret<String>) throws(GatehouseError) -> Void
    ) async throws(GatehouseError) -> Outcome {
        if let password { try check(password) }
        let hadUser = try await environment.driver.read { transaction throws(GatehouseError) in
            try MetaRecord.value(of: MetaRecord.hadUser.key, in: transaction) != nil
        }
        guard !hadUser else { return .none }
        let chosen = password ?? Secret(Base64URL.encode(environment.random.bytes(18)))
        let record = try await record(password: chosen, mustChange: password == nil)
        let made = try await environment.driver.write { transaction throws(GatehouseError) in
            guard try MetaRecord.hadUser.claim(in: transaction) else { return false }
            try record.insert(with: [.admin], in: transaction)
            try transaction.markChanged()
            // Last, so that nothing but the commit can fail after it.
            if password == nil { try tell(chosen) }
            return true
        }
        guard made else { return .none }
        environment.record("user.created", subject: record.id, tenant: record.tenant, details: ["reason": "first_administrator"])
        return password == nil ? .random(chosen) : .given
    }

    private func check(_ password: Secret<String>) throws(GatehouseError) {
        do throws(GatehouseError) {
            try PasswordRules.check(password, names: [Self.username])
        } catch {
            throw GatehouseError(
                .configurationInvalid,
                "The first administrator's password (GATEHOUSE_ADMIN_PASSWORD) cannot be used: "
                    + "\(error.fields.map(\.message).joined(separator: " ")) Give another, or none for a random one.")
        }
    }

    private func record(password: Secret<String>, mustChange: Bool) async throws(GatehouseError) -> UserRecord {
        let now = environment.clock.now()
        return UserRecord(
            id: environment.newID(), tenant: .default, username: Self.username, email: nil, name: "Administrator",
            passwordHash: try await hasher.hash(password, address: nil), passwordChangedAt: now, passwordChangeRequired: mustChange,
            createdAt: now)
    }
}

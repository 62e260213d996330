import GatehouseAccounts
import GatehouseCore

/// Names and passwords, of the application's own users first where it has some, then of the store's.
struct PasswordSignIns: Sendable {
    let accounts: Accounts
    let check: PasswordCheck?

    /// The user whose name and password these are; throws as `SignIns.signIn` does.
    func signIn(_ attempt: SignInAttempt) async throws(GatehouseError) -> User {
        if let user = try await external(attempt) { return user }
        return try await accounts.signIns.signIn(attempt)
    }

    /// The same for every single request: nothing is changed but the counts of failures.
    func verify(_ name: String, _ password: Secret<String>, address: String?) async throws(GatehouseError) -> User {
        if let user = try await external(SignInAttempt(name: name, password: password, address: address)) { return user }
        return try await accounts.signIns.verify(name: name, password: password, address: address)
    }

    /// A user of the application's, behind the same throttle; `nil` where it knows nobody by that password.
    private func external(_ attempt: SignInAttempt) async throws(GatehouseError) -> User? {
        guard let check, attempt.newPassword == nil else { return nil }
        return try await accounts.signIns.prove(attempt) { () throws(GatehouseError) in
            let identity = try await GatehouseError.asking { try await check(attempt.name, attempt.password) }
            guard let identity else { return nil }
            return try await user(of: identity)
        }
    }

    /// The account that is linked to somebody of the application's; made at the first sign-in.
    ///
    /// Throws `forbidden` where it cannot be made, as when another has the name: it is never taken for the same person.
    private func user(of identity: ExternalIdentity) async throws(GatehouseError) -> User {
        if let user = try await accounts.links.find(provider: ExternalIdentity.provider, subject: identity.subject) {
            guard !user.isDisabled else { throw GatehouseError(.invalidCredentials, "The account of the application's user is disabled.") }
            return user
        }
        let new = NewUser(
            username: identity.username, name: identity.name, email: identity.email, password: nil, roles: identity.roles, tenant: identity.tenant)
        do throws(GatehouseError) {
            return try await accounts.links.create(new, provider: ExternalIdentity.provider, subject: identity.subject)
        } catch {
            guard error.code == .conflict || error.code == .validationFailed else { throw error }
            throw GatehouseError(.forbidden, "No account can be made for the application's user: \(error.message)", cause: error)
        }
    }
}

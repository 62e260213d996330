import GatehouseAccounts
public import GatehouseCore
public import GatehouseTokens

extension Gate {
    /// A token of our own for development and tests: a session starts for the user, without a cookie and a refresh token, and ends as
    /// every other does.
    ///
    /// Throws `not_found` where nobody has the name, `forbidden` for somebody disabled or no member of the tenant, and `validation_failed` for
    /// extra claims with a registered name.
    /// - Parameters:
    ///   - name: a user name or e-mail address.
    ///   - tenant: where the user is to act; the user's own where it is `nil`.
    ///   - scopes: what the token is narrowed to; `nil`: it is not.
    ///   - lifetime: at most as long as a session without a cookie lasts.
    public func issue(
        for name: String, in tenant: Tenant.ID? = nil, scopes: Set<Scope>? = nil, lifetime: Duration = .seconds(15 * 60),
        extra: [String: ClaimValue] = [:]
    ) async throws(GatehouseError) -> Secret<String> {
        try Self.check(extra)
        guard let user = try await accounts.users.find(name: name, in: .everyTenant) else {
            throw GatehouseError(.notFound, "There is no user “\(name.prefix(64))”.")
        }
        let account = try await door.authenticator.account(user.id, in: tenant)
        let session = try await accounts.sessions.start(for: user, kind: .token, withRefreshToken: false).session
        let whole = try await door.authenticator.principal(of: session, in: account.tenant)
        let principal = whole.granted(whole.roles, whole.permissions, scopes: scopes)
        return Secret(try tokens.issue(TokenGrant(principal, session: session), lifetime: lifetime, extra: extra).token)
    }

    private static func check(_ extra: [String: ClaimValue]) throws(GatehouseError) {
        let taken = TokenClaims.registeredNames.union([OwnClaims.credential]).intersection(extra.keys).sorted()
        guard taken.isEmpty else {
            throw GatehouseError(
                .validationFailed, "Extra claims cannot take the place of registered ones: \(taken.joined(separator: ", ")).",
                fields: taken.map { FieldError(field: $0, code: "registered", message: "This claim is made by Gatehouse.") })
        }
    }
}

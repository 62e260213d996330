import GatehouseAccounts
import GatehouseCore
import GatehouseTokens
import HTTPTypes
import Hummingbird

extension GuardedRoutes {
    /// Who asks, as `Door.identify` finds it out; a refusal of the credential is kept for the route to give.
    func identify(
        _ explained: ExplainedRequest, _ head: HTTPRequest, _ canonical: CanonicalRequest, _ kind: Endpoint.Kind?,
        _ found: inout Findings
    ) async throws(GatehouseError) {
        var presented = PresentedCredential.none
        do throws(GatehouseError) {
            presented = try door.credentials.read(head.headerFields, canonical.route, isPrivate: false)
            found.notes += notes(presented, explained, head, canonical, kind)
            found.caller = try await caller(presented, explained, head, canonical, isAPI: kind == .api, &found)
        } catch  where error.code.isRefusalOfCredential {
            found.refusal = error
            if explained.client == nil, presented.isOwnKey {
                found.notes.append("No --from is given: a key with a list of addresses is refused like one from elsewhere.")
            }
            if door.credentials.hasHeaderCredential(head.headerFields) { return }
            try door.requireOurHost(head, canonical, nil, hasCookie: true)
        }
    }

    /// What a request would change, and what cannot be seen in it, is told here; all else the door finds out.
    private func caller(
        _ presented: PresentedCredential, _ explained: ExplainedRequest, _ head: HTTPRequest, _ canonical: CanonicalRequest, isAPI: Bool,
        _ found: inout Findings
    ) async throws(GatehouseError) -> Principal? {
        switch (presented, explained.credential) {
        case (.basic, _):
            throw found.stop(
                GatehouseError(.validationFailed, "A password is not tried here, because every try counts: name the person with --user instead."))
        case (.cookie, .user): throw GatehouseError(.severalCredentials, "The request has a session cookie beside that of --user.")
        case (.none, .user(let name)): return try await person(name, head, canonical)
        case (.none, _):
            try door.requireOurHost(head, canonical, nil, hasCookie: false)
            return nil
        case (.proxy(let subject), _):
            if let newcomer = try await newcomer(subject, head, canonical) {
                found.notes.append("No account is linked to “\(subject)” yet: the request would make one.")
                return newcomer
            }
        case (.custom, .user(let name)):
            if let caller = try await door.caller(presented, head, canonical, nil, isAPI: isAPI) { return caller.principal }
            return try await person(name, head, canonical)
        default: break
        }
        return try await door.caller(presented, head, canonical, nil, isAPI: isAPI)?.principal
    }

    /// Somebody with the cookie of a sign-in of just now. Those who cannot have such a session are nobody.
    private func person(_ name: String, _ head: HTTPRequest, _ canonical: CanonicalRequest) async throws(GatehouseError) -> Principal {
        let named = try door.tenants.named(by: canonical, head.headerFields)
        try door.requireOurHost(head, canonical, nil, hasCookie: true)
        try requireOwnPage(head, canonical)
        guard let user = try await door.authenticator.accounts.users.find(name: name, in: .everyTenant) else {
            throw GatehouseError(.signInRequired, "There is no user “\(name.prefix(128))”.")
        }
        guard !user.isDisabled else {
            throw GatehouseError(.signInRequired, "The account “\(user.username)” is disabled: it has no session, and can begin none.")
        }
        guard !user.mustChangePassword else {
            throw GatehouseError(.signInRequired, "“\(user.username)” has to choose a new password first: until then no session begins.")
        }
        let account = try await door.authenticator.account(user.id, in: named)
        return Principal(
            id: user.id, username: user.username, name: user.name, email: user.email, tenant: account.tenant, roles: account.rights.roles,
            permissions: account.rights.permissions, sessionID: "explain", credential: .session, authenticatedAt: door.clock.now())
    }

    /// A page of ours is taken for the sender where the request says nothing else.
    private func requireOwnPage(_ head: HTTPRequest, _ canonical: CanonicalRequest) throws(GatehouseError) {
        let fields = head.headerFields
        guard fields.contains(.origin) || fields.contains(.secFetchSite) else { return }
        if head.isUpgrade { try door.csrf.checkHandshake(fields, host: canonical.host, port: nil) }
        if !canonical.isSafe { try door.csrf.checkOrigin(fields, host: canonical.host, port: nil) }
    }

    /// Somebody for whom the word of a trusted proxy would make an account; `nil` for everybody else.
    private func newcomer(_ subject: String, _ head: HTTPRequest, _ canonical: CanonicalRequest) async throws(GatehouseError) -> Principal? {
        let (authenticator, named) = (door.authenticator, try door.tenants.named(by: canonical, head.headerFields))
        guard let header = authenticator.proxyHeader, let creation = header.creation, creation.covers(subject),
            try await authenticator.accounts.links.find(provider: header.provider, subject: subject) == nil
        else { return nil }
        try door.requireOurHost(head, canonical, nil, hasCookie: true)
        try door.requireOwnSite(head, canonical, nil)
        guard try await authenticator.accounts.users.find(name: subject, in: .everyTenant) == nil else {
            throw GatehouseError(.forbidden, "No account can be made for the person whom the trusted proxy names: another has the name.")
        }
        guard named == nil || named == creation.tenant else {
            throw GatehouseError(.forbidden, "The account that would be made is no member of the tenant that the request names.")
        }
        let rights = try await authenticator.rights(of: creation.roles, in: creation.tenant, allowingSystem: creation.roles)
        return Principal(
            id: "explain", username: subject, name: subject, tenant: creation.tenant, roles: rights.roles, permissions: rights.permissions,
            credential: .trustedProxy)
    }

    private func notes(
        _ presented: PresentedCredential, _ explained: ExplainedRequest, _ head: HTTPRequest, _ canonical: CanonicalRequest,
        _ kind: Endpoint.Kind?
    ) -> [String] {
        switch (presented, explained.credential) {
        case (.none, .user), (.custom, .user):
            var notes = ["--user stands for a session that began just now; a rule about a recent sign-in holds for it."]
            guard head.isUpgrade || !canonical.isSafe else { return notes }
            if !head.headerFields.contains(.origin) { notes.append("A browser also sends an Origin, which has to be ours.") }
            if kind == .api, !canonical.isSafe { notes.append("Its page also sends X-CSRF-Token, which has to be the session's.") }
            return notes
        case (_, .user): return ["A credential in a header wins: --user is not looked at."]
        default: return []
        }
    }
}

extension PresentedCredential {
    /// A key that could have a list of addresses.
    fileprivate var isOwnKey: Bool {
        switch self {
        case .apiKey: true
        case .bearer(let text): APIKeyText.isLikely(text)
        default: false
        }
    }
}

extension Findings {
    /// Keeps why there is no answer.
    fileprivate mutating func stop(_ error: GatehouseError) -> GatehouseError {
        obstacle = error
        return error
    }
}

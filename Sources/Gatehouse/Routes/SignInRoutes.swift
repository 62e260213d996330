import GatehouseAccounts
import GatehouseCore
import HTTPTypes
import Hummingbird

/// `POST <api>/auth/login`, `/refresh` and `/logout`: sign-in over JSON.
struct SignInRoutes<Context: IdentityRequestContext>: Sendable {
    private struct SignInBody: Decodable {
        let username: String
        let password: Secret<String>
        let new_password: Secret<String>?
        let cookie: Bool?
    }

    private struct RefreshTokenBody: Decodable {
        let refresh_token: Secret<String>
    }

    let gate: Gate

    func add(to router: GateRouter<Context>) {
        let group = router.open(RouterPath("\(gate.apiMount)/auth"))
        group.post("login", use: login)
        group.post("refresh", use: refresh)
        group.post("logout", use: logout)
    }

    private func login(_ request: Request, _ context: Context) async throws -> Response {
        if request.headers.contains(.origin) { try gate.door.requireOwnOrigin(request.headers, context.identity) }
        let body = try await request.json(SignInBody.self)
        let tenant = try gate.named(by: request, context)
        let user = try await gate.signIn(
            SignInAttempt(name: body.username, password: body.password, newPassword: body.new_password, address: address(context)), in: tenant)
        let kind: LiveSession.Kind = body.cookie == false ? .token : .cookie
        let started = try await gate.accounts.sessions.start(
            for: user, kind: kind, replacing: kind == .cookie ? try await gate.sessionID(ofCookieIn: request.headers) : nil,
            address: address(context), userAgent: request.headers[.userAgent])
        let answer = SignInAnswer(
            try await gate.issue(for: started.session, in: tenant), refreshToken: started.refreshToken,
            csrfToken: kind == .cookie ? gate.door.csrf.token(session: started.session.id) : nil)
        var response = try JSONResponse.make(answer)
        if let secret = started.cookieSecret { response.headers.append(HTTPField(name: .setCookie, value: gate.door.cookie.set(secret))) }
        return response
    }

    private func address(_ context: Context) -> String? { context.identity.request?.client?.description }

    /// With a body: a new pair of tokens for the refresh token. Without: an access token for the session cookie.
    private func refresh(_ request: Request, _ context: Context) async throws -> Response {
        guard request.hasNoBody else {
            let body = try await request.json(RefreshTokenBody.self)
            return try JSONResponse.make(try await gate.refresh(body.refresh_token, request, context))
        }
        if let refusal = context.identity.refusal { throw refusal }
        guard let caller = context.identity.caller, caller.usesCookie, let session = caller.session else {
            throw GatehouseError(.signInRequired, "A refresh without a body takes the session cookie.")
        }
        return try JSONResponse.make(SignInAnswer(try await gate.issue(for: session, in: caller.principal.tenant)))
    }

    /// Ends the session that the refresh token, access token or cookie names; 204 whether or not there was one.
    private func logout(_ request: Request, _ context: Context) async throws -> Response {
        var response = Response(status: .noContent)
        let refusal = context.identity.refusal
        if !request.hasNoBody {
            // The body names the session: what else was presented and is not accepted counts as none.
            let body = try await request.json(RefreshTokenBody.self)
            try await gate.accounts.sessions.end(refreshToken: body.refresh_token, address: address(context))
        } else if let refusal {
            guard refusal.code == .invalidToken else { throw refusal }
            try await endExpired(request.headers, context)
        }
        if let caller = context.identity.caller, let session = caller.session {
            guard !caller.principal.isDelegated else { throw GatehouseError(.forbidden, "A token made for a UI cannot end the session.") }
            try await gate.accounts.sessions.end(id: session.id, by: session.user.identity, address: address(context))
        }
        if refusal == nil, try gate.door.cookie.read(request.headers) != nil {
            response.headers.append(HTTPField(name: .setCookie, value: gate.door.cookie.cleared))
        }
        return response
    }

    /// An access token that has run out still names its session; one that is not ours names nothing.
    private func endExpired(_ headers: HTTPFields, _ context: Context) async throws {
        guard let route = context.identity.request?.route,
            case .bearer(let token)? = try? gate.door.credentials.read(headers, route, isPrivate: false),
            let id = try? gate.tokens.session(of: token)
        else { return }
        try await gate.accounts.sessions.end(id: id, address: address(context))
    }
}

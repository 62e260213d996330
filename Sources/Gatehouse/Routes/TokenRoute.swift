import GatehouseAccounts
import GatehouseCore
import HTTPTypes
import Hummingbird

/// `POST <api>/v1/auth/token`: the token endpoint (RFC 6749 sections 4.3 and 6), for first-party callers.
struct TokenRoute<Context: IdentityRequestContext>: Sendable {
    let gate: Gate

    func add(to router: GateRouter<Context>) {
        router.open(RouterPath("\(gate.apiMount)/v1/auth")).post("token", use: token)
    }

    private func token(_ request: Request, _ context: Context) async throws -> Response {
        do {
            let form = try await Form(request)
            switch form.parameter("grant_type") {
            case "password": return try await password(form, request, context)
            case "refresh_token": return try await refresh(form, request, context)
            case nil: throw GatehouseError(.malformedRequest, "The form names no grant_type.")
            default: throw GatehouseError(.unsupportedGrantType, "The grant types here are password and refresh_token.")
            }
        } catch {
            let error = GatehouseError(wrapping: error)
            let response = ErrorResponse.makeOAuth(error, requestID: context.identity.request?.id ?? "")
            gate.door.log(error, status: response.status, request.head, context.identity, context.logger)
            return response
        }
    }

    private func password(_ form: Form, _ request: Request, _ context: Context) async throws -> Response {
        if request.headers.contains(.origin) { try gate.door.requireOwnOrigin(request.headers, context.identity) }
        guard let name = form.parameter("username"), let password = form.parameter("password") else {
            throw GatehouseError(.malformedRequest, "The password grant needs username and password.")
        }
        let address = context.identity.request?.client?.description
        let tenant = try gate.named(by: request, context)
        let user = try await gate.signIn(
            SignInAttempt(name: name, password: Secret(password), newPassword: form.parameter("new_password").map { Secret($0) }, address: address),
            in: tenant)
        let started = try await gate.accounts.sessions.start(
            for: user, kind: .token, address: address, userAgent: request.headers[.userAgent])
        return try JSONResponse.make(SignInAnswer(try await gate.issue(for: started.session, in: tenant), refreshToken: started.refreshToken))
    }

    private func refresh(_ form: Form, _ request: Request, _ context: Context) async throws -> Response {
        guard let token = form.parameter("refresh_token") else {
            throw GatehouseError(.malformedRequest, "The refresh_token grant needs refresh_token.")
        }
        return try JSONResponse.make(try await gate.refresh(Secret(token), request, context))
    }
}

extension Form {
    /// A parameter of OAuth; one without a value counts as absent (RFC 6749 section 3.2).
    fileprivate func parameter(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }
}

import Gatehouse
import Hummingbird

/// `/auth/sign-in` and `/auth/sign-out`.
struct SignInPages<Context: IdentityRequestContext>: Sendable {
    let gate: Gate
    let templates: Templates

    func add(to group: RouteGroup<Context, Context>) {
        group.get("sign-in", use: form).post("sign-in", use: signIn)
        group.get("sign-out", use: confirmation).post("sign-out", use: signOut)
    }

    /// Somebody who is signed in already goes straight to where they wanted to.
    private func form(_ request: Request, _ context: Context) async throws -> Response {
        let place = ReturnTo(request.uri.queryParameters["return_to"].map(String.init))
        if context.identity.caller?.usesCookie == true { return Page.redirect(to: place?.target ?? "/") }
        return try page(username: "", returnTo: place, message: nil, status: .ok)
    }

    private func page(username: String, returnTo: ReturnTo?, message: String?, status: HTTPResponse.Status) throws(GatehouseError) -> Response {
        var values: [String: any Sendable] = ["username": username, "returnTo": returnTo?.target ?? ""]
        values["message"] = message
        return try templates.page("sign-in", values, status: status)
    }

    private func signIn(_ request: Request, _ context: Context) async throws -> Response {
        try gate.requireOwnOrigin(request, context)
        let form = try await Form(request)
        let name = form["username"] ?? ""
        let place = ReturnTo(form["return_to"])
        do throws(GatehouseError) {
            let user = try await gate.signIn(name, form["password"] ?? "", newPassword: nil, request, context)
            return Page.redirect(to: place?.target ?? "/", cookie: try await gate.startSession(for: user, request, context))
        } catch {
            guard error.isForPerson else { throw error }
            gate.logRefusal(error, request, context)
            if error.code == .passwordChangeRequired {
                return try PasswordPages<Context>(gate: gate, templates: templates).page(
                    username: name, asksName: false, csrf: "", returnTo: place, message: "Choose a new password before you go on.", status: .ok)
            }
            var response = try page(username: name, returnTo: place, message: error.sentence, status: error.status)
            response.headers[.retryAfter] = error.retryAfter.map { "\(max(1, $0.secondsRoundedUp))" }
            return response
        }
    }

    private func confirmation(_ request: Request, _ context: Context) async throws -> Response {
        guard let session = context.identity.browserSession else { return Page.redirect(to: "/auth/sign-in") }
        return try templates.page("sign-out", ["name": session.user.name, "csrf": gate.csrfToken(session: session.id)])
    }

    /// Only a form of ours signs somebody out: a link or another site cannot.
    private func signOut(_ request: Request, _ context: Context) async throws -> Response {
        // First of all: SameSite keeps the cookie from another site's form, and the answer would clear it all the same.
        try gate.requireOwnOrigin(request, context)
        if let refusal = context.identity.refusal { throw refusal }
        guard let session = context.identity.browserSession else { return Page.redirect(to: "/auth/sign-in", cookie: gate.clearedCookie) }
        try gate.requireCSRFToken(try await Form(request)["csrf_token"], session: session.id)
        try await gate.endSession(session, context)
        return Page.redirect(to: "/auth/sign-in", cookie: gate.clearedCookie)
    }
}

import Gatehouse
import Hummingbird

/// `/auth/password`: a change of one's own password, also before the first sign-in where it is asked for.
struct PasswordPages<Context: IdentityRequestContext>: Sendable {
    let gate: Gate
    let templates: Templates

    func add(to group: RouteGroup<Context, Context>) {
        group.get("password", use: form).post("password", use: change)
    }

    func page(
        username: String, asksName: Bool, csrf: String, returnTo: ReturnTo?, message: String?, status: HTTPResponse.Status
    ) throws(GatehouseError) -> Response {
        var values: [String: any Sendable] = ["username": username, "asksName": asksName, "csrf": csrf, "returnTo": returnTo?.target ?? ""]
        values["message"] = message
        return try templates.page("password", values, status: status)
    }

    private func form(_ request: Request, _ context: Context) async throws -> Response {
        let session = context.identity.browserSession
        return try page(
            username: session?.user.username ?? "", asksName: session == nil, csrf: session.map { gate.csrfToken(session: $0.id) } ?? "",
            returnTo: nil, message: nil, status: .ok)
    }

    private func change(_ request: Request, _ context: Context) async throws -> Response {
        try gate.requireOwnOrigin(request, context)
        if let refusal = context.identity.refusal { throw refusal }
        let form = try await Form(request)
        let session = context.identity.browserSession
        do throws(GatehouseError) {
            return try await change(form, session, request, context)
        } catch {
            guard error.isForPerson else { throw error }
            gate.logRefusal(error, request, context)
            let details = error.fields.map(\.message).joined(separator: " ")
            return try page(
                username: form["username"] ?? "", asksName: session == nil, csrf: session.map { gate.csrfToken(session: $0.id) } ?? "",
                returnTo: ReturnTo(form["return_to"]), message: details.isEmpty ? error.sentence : details, status: error.status)
        }
    }

    private func change(_ form: Form, _ session: LiveSession?, _ request: Request, _ context: Context) async throws(GatehouseError) -> Response {
        let (current, new) = (form["password"] ?? "", form["new_password"] ?? "")
        guard new == form["again"] else {
            throw GatehouseError(
                .passwordRejected, "The two new passwords differ.",
                fields: [FieldError(field: "again", code: "mismatch", message: "The two new passwords are not the same.")])
        }
        let place = ReturnTo(form["return_to"])?.target ?? "/"
        guard let session else {
            let user = try await gate.signIn(form["username"] ?? "", current, newPassword: new, request, context)
            return Page.redirect(to: place, cookie: try await gate.startSession(for: user, request, context))
        }
        try gate.requireCSRFToken(form["csrf_token"], session: session.id)
        return Page.redirect(to: place, cookie: try await gate.changePassword(in: session, current: current, new: new, context))
    }
}

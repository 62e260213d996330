import GatehouseAccounts
import GatehouseCore
import GatehouseTokens
import HTTPTypes
import Hummingbird

/// `GET <api>/v1/auth/me`: who the caller is.
struct MeRoute<Context: IdentityRequestContext>: Sendable {
    let gate: Gate

    func add(to router: GateRouter<Context>) {
        router.signedIn(RouterPath("\(gate.apiMount)/v1/auth")).get("me", use: me)
    }

    /// The answer about a whole session, a key or a foreign token is encoded once and kept with it; whatever changes it replaces that too.
    private func me(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        guard let caller = context.parent.identity.caller else { throw GatehouseError(.signInRequired, "Nobody is signed in.") }
        if let key = caller.apiKey, caller.principal.credential == .apiKey {
            return JSONResponse.make(bytes: key.bytes { body(caller, csrf: nil) })
        }
        if let foreign = caller.foreign { return JSONResponse.make(bytes: foreign.description { body(caller, csrf: nil) }) }
        guard let session = caller.session else { return JSONResponse.make(bytes: body(caller, csrf: nil)) }
        guard caller.principal.scopes == nil, caller.principal.tenant == session.tenant else {
            return JSONResponse.make(bytes: body(caller, of: session))
        }
        return JSONResponse.make(bytes: session.bytes(for: caller.principal.credential) { body(caller, of: session) })
    }

    private func body(_ caller: Caller, of session: LiveSession) -> [UInt8] {
        body(caller, csrf: caller.usesCookie ? gate.door.csrf.token(session: session.id) : nil)
    }

    /// Members in ascending order. Written by hand: a narrowed token's is made for every request.
    private func body(_ caller: Caller, csrf: String?) -> [UInt8] {
        let principal = caller.principal
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("auth_provider", principal.authProvider)
        writer.member("csrf_token", csrf)
        writer.member("email", principal.email)
        writer.member("id", principal.id)
        writer.member("name", principal.name)
        writer.member("permissions", principal.permissions.map(\.rawValue).sorted())
        writer.member("roles", principal.roles.map(\.rawValue).sorted())
        if let scopes = principal.scopes { writer.member("scopes", scopes.map(\.rawValue).sorted()) }
        writer.member("session_id", principal.sessionID)
        writer.member("tenant", principal.tenant.rawValue)
        writer.member("type", principal.kind.rawValue)
        writer.member("username", principal.username)
        writer.endObject()
        return writer.bytes
    }
}

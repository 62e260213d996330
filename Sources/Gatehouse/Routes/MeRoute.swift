import GatehouseAccounts
import GatehouseCore
import HTTPTypes
import Hummingbird

/// `GET <api>/v1/auth/me`: who the caller is.
struct MeRoute<Context: IdentityRequestContext>: Sendable {
    private struct Body: Encodable {
        let id: String
        let type: String
        let username: String
        let email: String?
        let name: String
        let tenant: String
        let roles: [String]
        let permissions: [String]
        let scopes: [String]?
        let auth_provider: String
        let session_id: String?
        let csrf_token: String?
    }

    let gate: Gate

    func add(to router: GateRouter<Context>) {
        router.signedIn(RouterPath("\(gate.apiMount)/v1/auth")).get("me", use: me)
    }

    /// The answer about a whole session or a key is encoded once and kept with it; whatever changes it replaces that snapshot too.
    private func me(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        guard let caller = context.parent.identity.caller else { throw GatehouseError(.signInRequired, "Nobody is signed in.") }
        if let key = caller.apiKey, caller.principal.credential == .apiKey {
            return JSONResponse.make(bytes: try key.bytes { try body(caller, csrf: nil) })
        }
        guard let session = caller.session else { return JSONResponse.make(bytes: try body(caller, csrf: nil)) }
        let make = { try body(caller, csrf: caller.usesCookie ? gate.door.csrf.token(session: session.id) : nil) }
        guard caller.principal.scopes == nil, caller.principal.tenant == session.tenant else { return JSONResponse.make(bytes: try make()) }
        return JSONResponse.make(bytes: try session.bytes(for: caller.principal.credential, orMake: make))
    }

    private func body(_ caller: Caller, csrf: String?) throws -> [UInt8] {
        let principal = caller.principal
        return try JSONResponse.encode(
            Body(
                id: principal.id, type: principal.kind.rawValue, username: principal.username, email: principal.email, name: principal.name,
                tenant: principal.tenant.rawValue, roles: principal.roles.map(\.rawValue).sorted(),
                permissions: principal.permissions.map(\.rawValue).sorted(), scopes: principal.scopes.map { $0.map(\.rawValue).sorted() },
                auth_provider: principal.authProvider, session_id: principal.sessionID, csrf_token: csrf))
    }
}

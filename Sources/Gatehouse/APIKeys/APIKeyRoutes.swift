import GatehouseAccounts
public import GatehouseCore
import HTTPTypes
import Hummingbird

extension Permission {
    /// To make API keys of one's own, and to replace them.
    public static let createAPIKeys: Permission = "api_keys.create"
}

/// `<api>/v1/api-keys`: a person's own keys, in the tenant that they act in.
///
/// Whoever asks has a session of their own: no key, no token of somebody else's and no UI acting for the person makes or changes keys.
struct APIKeyRoutes<Context: IdentityRequestContext>: Sendable {
    private struct List: Encodable {
        let api_keys: [APIKeyBody]
    }

    let gate: Gate

    private var keys: APIKeys { gate.accounts.apiKeys }

    func add(to router: GateRouter<Context>) {
        let group = router.requiring(.ownSession, RouterPath("\(gate.apiMount)/v1/api-keys"))
        group.get(use: list).patch("{id}", use: rename).delete("{id}", use: revoke)
        group.requiring(.permission(.createAPIKeys)).post(use: create).post("{id}/rotate", use: rotate)
    }

    private func list(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        let owner = context.principal
        let found = try await keys.list(of: owner.id, in: .tenant(owner.tenant))
        return try JSONResponse.make(List(api_keys: found.map { APIKeyBody($0) }))
    }

    private func create(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        let owner = context.principal
        let new = try await request.json(NewAPIKeyBody.self).key(at: gate.settings.clock.now())
        let made = try await keys.create(new, for: owner.id, in: owner.tenant, by: owner.identity)
        return try JSONResponse.make(APIKeyBody(made.key, text: made.text), status: .created)
    }

    private func rename(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        let owner = context.principal
        let name = try await request.json(APIKeyNameBody.self).name
        let key = try await keys.rename(try id(context), to: name, of: owner.id, in: .tenant(owner.tenant), by: owner.identity)
        return try JSONResponse.make(APIKeyBody(key))
    }

    private func revoke(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        let owner = context.principal
        try await keys.revoke(try id(context), of: owner.id, in: .tenant(owner.tenant), by: owner.identity)
        return Response(status: .noContent)
    }

    private func rotate(_ request: Request, _ context: SignedInContext<Context>) async throws -> Response {
        let owner = context.principal
        let overlap = request.hasNoBody ? .zero : try await request.json(APIKeyRotationBody.self).overlap
        let made = try await keys.rotate(
            try id(context), overlap: overlap, of: owner.id, in: .tenant(owner.tenant), by: owner.identity)
        return try JSONResponse.make(APIKeyBody(made.key, text: made.text), status: .created)
    }

    private func id(_ context: SignedInContext<Context>) throws(GatehouseError) -> String {
        guard let id = context.parent.identity.request?.parameters["id"] else { throw GatehouseError(.notFound, "There is no such API key.") }
        return id
    }
}

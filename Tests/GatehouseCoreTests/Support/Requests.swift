import GatehouseCore

/// Requests and principals with just what a test is about.
func request(_ target: String = "/", method: String = "GET", parameters: [String: String] = [:]) throws -> CanonicalRequest {
    let route = CanonicalRequest.Route(
        peer: nil, client: nil, scheme: .https, host: try Host("app.example.com", scheme: .https), isPeerTrusted: false)
    var request = try CanonicalRequest(method: method, target: target, route: route, id: "request-1")
    request.parameters = parameters
    return request
}

func person(
    roles: Set<Role> = [], permissions: Set<Permission> = [], scopes: Set<Scope>? = nil, tenant: Tenant.ID = .default,
    authenticatedAt: Timestamp? = nil, ownerRoles: Set<Role>? = nil, ownerPermissions: Set<Permission>? = nil
) -> Principal {
    Principal(
        id: "1", username: "ada", tenant: tenant, roles: roles, permissions: permissions, scopes: scopes,
        credential: scopes == nil ? .session : .apiKey, authenticatedAt: authenticatedAt, ownerRoles: ownerRoles,
        ownerPermissions: ownerPermissions)
}

/// Midnight of 2026-01-01.
let now = Timestamp(seconds: 1_767_225_600)

extension Authorization {
    /// What the policy said, in a form that can be compared.
    consuming func outcome() -> Decision.Outcome {
        switch consume self {
        case .allow: .allowed
        case .deny(let decision): decision.outcome
        }
    }
}

extension Policy {
    func outcome(_ principal: Principal?, _ request: CanonicalRequest, now: Timestamp = now) -> Decision.Outcome {
        authorize(principal, request, now: now).outcome()
    }
}

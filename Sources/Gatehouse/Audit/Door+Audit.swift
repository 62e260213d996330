import GatehouseCore
import HTTPTypes

extension Door {
    /// Records that a key, or a credential in the wrong tenant, was refused; refused sign-ins record themselves.
    func auditRefusal(_ error: GatehouseError, of presented: PresentedCredential, _ request: CanonicalRequest) {
        var refused = error.cause as? RefusedCredential
        if refused?.owner == nil, error.code == .forbidden, let owner = authenticator.knownOwner(of: presented) {
            refused = RefusedCredential(owner: owner.identity, tenant: owner.tenant, named: refused?.named)
        }
        if error.code == .forbidden {
            record("tenant.refused", error, refused, subject: refused?.owner?.id, request)
        } else if let key = refused?.key {
            record("api_key.refused", error, refused, subject: key.id, request)
        } else if case .apiKey = presented {
            record("api_key.refused", error, nil, subject: nil, request)
        }
    }

    /// Records that somebody who is signed in was not let in.
    func auditDenial(_ error: GatehouseError, _ head: HTTPRequest, _ identity: RequestIdentity) {
        guard let principal = identity.principal, let request = identity.request, error.code.status == .forbidden else { return }
        audit.record(
            AuditEvent(
                "request.denied", .denied, at: clock.now(), actor: principal.identity, tenant: principal.tenant,
                address: request.client?.description, requestID: request.id, code: error.code,
                details: ["method": String(head.method.rawValue.prefix(32)), "path": String(request.path.raw.prefix(256))]))
    }

    private func record(
        _ action: String, _ error: GatehouseError, _ refused: RefusedCredential?, subject: String?, _ request: CanonicalRequest
    ) {
        audit.record(
            AuditEvent(
                action, .denied, at: clock.now(), actor: refused?.owner, subject: subject,
                tenant: refused?.tenant ?? tenants.hosts[request.host] ?? .default, address: request.client?.description, requestID: request.id,
                code: error.code, details: refused?.named.map { ["named_tenant": $0.rawValue] } ?? [:]))
    }

    /// A browser would ask its user for a password in a window of its own; programs are told that one helps.
    func challengesBasic(_ head: HTTPRequest) -> Bool {
        credentials.acceptsBasic && !Navigation.wantsHTML(head) && !head.headerFields.contains(.secFetchMode)
    }
}

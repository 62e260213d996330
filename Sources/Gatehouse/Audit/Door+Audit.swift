import GatehouseCore
import GatehouseTokens
import HTTPTypes

extension Door {
    /// Records that a key, or a credential in the wrong tenant, was refused; refused sign-ins record themselves.
    func auditRefusal(_ error: GatehouseError, of presented: PresentedCredential, _ request: CanonicalRequest) {
        if error.code == .forbidden {
            record("tenant.refused", error, subject: nil, request)
        } else if let key = Self.key(in: presented) {
            record("api_key.refused", error, subject: APIKeyText(key)?.id, request)
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

    private func record(_ action: String, _ error: GatehouseError, subject: String?, _ request: CanonicalRequest) {
        audit.record(
            AuditEvent(
                action, .denied, at: clock.now(), subject: subject, tenant: tenants.hosts[request.host] ?? .default,
                address: request.client?.description, requestID: request.id, code: error.code))
    }

    private static func key(in presented: PresentedCredential) -> String? {
        switch presented {
        case .apiKey(let text): text
        case .bearer(let text) where APIKeyText.isLikely(text): text
        default: nil
        }
    }

    /// A browser would ask its user for a password in a window of its own; programs are told that one helps.
    func challengesBasic(_ head: HTTPRequest) -> Bool {
        credentials.acceptsBasic && !Navigation.wantsHTML(head) && !head.headerFields.contains(.secFetchMode)
    }
}

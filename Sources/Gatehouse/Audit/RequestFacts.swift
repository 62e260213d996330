import GatehouseCore

/// What every audit event of a request says of it, whoever records the event.
struct RequestFacts: Sendable {
    let request: CanonicalRequest
    let tenant: Tenant.ID

    /// Set while a request is answered: the rules that record events know nothing of requests.
    @TaskLocal static var current: RequestFacts?
}

extension AuditSink {
    /// Adds the id, the tenant and the address of the request that is being answered to what has none.
    func namingRequests() -> AuditSink {
        AuditSink { event in
            guard let facts = RequestFacts.current else { return record(event) }
            record(
                AuditEvent(
                    event.action, event.outcome, at: event.at, actor: event.actor, subject: event.subject,
                    tenant: event.tenant ?? facts.tenant, address: event.address ?? facts.request.client?.description,
                    requestID: event.requestID ?? facts.request.id, code: event.code, details: event.details))
        }
    }
}

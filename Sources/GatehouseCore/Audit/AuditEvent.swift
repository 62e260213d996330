/// Something that an auditor wants to know of: who did what to whom, from where, and how it ended.
public struct AuditEvent: Sendable {
    public enum Outcome: String, Sendable { case success, failure, denied }

    /// What happened, in dotted words: `session.created`, `password.changed`.
    public let action: String
    public let outcome: Outcome
    public let at: Timestamp
    public let actor: Principal.Identity?
    /// What it was done to: an account's id, a session's id.
    public let subject: String?
    /// The tenant that it belongs to; `nil` for what belongs to the server, such as its signing keys.
    public let tenant: Tenant.ID?
    public let address: String?
    public let requestID: String?
    /// The code of the refusal, if it was one.
    public let code: GatehouseError.Code?
    /// Further facts; never a secret.
    public let details: [String: String]

    public init(
        _ action: String, _ outcome: Outcome = .success, at: Timestamp, actor: Principal.Identity? = nil, subject: String? = nil,
        tenant: Tenant.ID? = nil, address: String? = nil, requestID: String? = nil, code: GatehouseError.Code? = nil,
        details: [String: String] = [:]
    ) {
        self.action = action
        self.outcome = outcome
        self.at = at
        self.actor = actor
        self.subject = subject
        self.tenant = tenant
        self.address = address
        self.requestID = requestID
        self.code = code
        self.details = details
    }
}

/// Where audit events go; must not block.
public struct AuditSink: Sendable {
    private let accept: @Sendable (AuditEvent) -> Void

    public init(_ accept: @escaping @Sendable (AuditEvent) -> Void) { self.accept = accept }

    public func record(_ event: AuditEvent) { accept(event) }

    /// Drops every event.
    public static let none = AuditSink { _ in }
}

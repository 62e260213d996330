/// The one error that Gatehouse throws: a stable code for programs, a message for the operator.
///
/// A client never sees `message` or `cause`; it sees the code, a fixed sentence and the request id (RFC 9457).
public struct GatehouseError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, from a fixed list that is part of the public API.
    public let code: Code
    /// What happened and what to do about it; written for the operator, free of secrets.
    public let message: String
    /// The error underneath, if another library threw one.
    public let cause: (any Error)?
    /// How long a client should wait before it tries again; becomes `Retry-After`.
    public let retryAfter: Duration?
    /// What is wrong with single fields of the input.
    public let fields: [FieldError]
    /// The scopes that were missing; becomes `scope="…"` of RFC 6750 section 3.
    public let requiredScopes: [Scope]

    public init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, retryAfter: Duration? = nil,
        fields: [FieldError] = [], requiredScopes: [Scope] = []
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.retryAfter = retryAfter
        self.fields = fields
        self.requiredScopes = requiredScopes
    }

    public var description: String {
        guard let cause else { return "\(code): \(message)" }
        return "\(code): \(message) (\(cause))"
    }
}

/// What is wrong with one field of a request body or of a form.
public struct FieldError: Sendable, Hashable {
    public let field: String
    public let code: String
    /// A sentence that the client may see.
    public let message: String

    public init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }
}

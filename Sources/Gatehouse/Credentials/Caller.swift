public import GatehouseAccounts
public import GatehouseCore

/// Who asks, and the session behind it, if there is one.
public struct Caller: Sendable {
    public let principal: Principal
    /// The session that the credential belongs to; it was alive when the request came in.
    public let session: LiveSession?
    /// The request counts as activity of the session: somebody is there, not only something.
    let isActivity: Bool
    /// The caller was recognised by the session cookie.
    public let usesCookie: Bool

    init(principal: Principal, session: LiveSession?, isActivity: Bool, usesCookie: Bool) {
        self.principal = principal
        self.session = session
        self.isActivity = isActivity
        self.usesCookie = usesCookie
    }
}

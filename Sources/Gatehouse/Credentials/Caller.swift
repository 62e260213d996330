public import GatehouseAccounts
public import GatehouseCore
import GatehouseTokens

/// Who asks, and the session or key behind it, if there is one.
public struct Caller: Sendable {
    public let principal: Principal
    /// The session that the credential belongs to; it was alive when the request came in.
    public let session: LiveSession?
    /// The API key that was presented.
    public let apiKey: LiveAPIKey?
    /// What the principal came from, where the token of another issuer was presented.
    let foreign: ForeignPrincipal?
    /// The request counts as activity of the session: somebody is there, not only something.
    let isActivity: Bool
    /// The caller was recognised by the session cookie.
    public let usesCookie: Bool

    init(_ principal: Principal, session: LiveSession? = nil, apiKey: LiveAPIKey? = nil, isActivity: Bool = false, usesCookie: Bool = false) {
        self.principal = principal
        self.session = session
        self.apiKey = apiKey
        foreign = nil
        self.isActivity = isActivity
        self.usesCookie = usesCookie
    }

    init(foreign: ForeignPrincipal) {
        principal = foreign.principal
        session = nil
        apiKey = nil
        self.foreign = foreign
        isActivity = false
        usesCookie = false
    }
}

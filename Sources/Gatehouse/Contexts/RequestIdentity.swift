package import GatehouseAccounts
public import GatehouseCore
public import NIOCore

/// What the gate found out about a request before any handler saw it.
public struct RequestIdentity: Sendable {
    /// The connection that the request came in on.
    public let channel: any Channel
    /// The request as policies saw it; `nil` only before the gate has looked.
    public internal(set) var request: CanonicalRequest?
    /// Who is asking; `nil` where nobody is signed in.
    public internal(set) var caller: Caller?
    /// Why a credential that was presented is not accepted; on an open route it counts as none.
    public internal(set) var refusal: GatehouseError?
    /// A route answers to this path and method.
    var isRouted = false

    public init(channel: any Channel) { self.channel = channel }

    public var principal: Principal? { caller?.principal }

    /// The session of the cookie; `nil` for callers with a token, who have no business with pages.
    package var browserSession: LiveSession? { caller?.usesCookie == true ? caller?.session : nil }
}

package import GatehouseAccounts
public import GatehouseCore
public import NIOCore

/// What the gate found out about a request before any handler saw it.
public struct RequestIdentity: Sendable {
    /// The connection that the request came in on.
    public let channel: any Channel
    private var facts: Facts?
    /// A route answers to this path and method.
    var isRouted = false

    /// By reference: contexts are copied with every call on a request's way.
    private final class Facts: Sendable {
        let request: CanonicalRequest?
        let caller: Caller?
        let refusal: GatehouseError?

        init(request: CanonicalRequest?, caller: Caller?, refusal: GatehouseError?) {
            self.request = request
            self.caller = caller
            self.refusal = refusal
        }
    }

    /// The request as policies saw it; `nil` only before the gate has looked.
    public internal(set) var request: CanonicalRequest? {
        get { facts?.request }
        set { facts = Facts(request: newValue, caller: caller, refusal: refusal) }
    }
    /// Who is asking; `nil` where nobody is signed in.
    public internal(set) var caller: Caller? {
        get { facts?.caller }
        set { facts = Facts(request: request, caller: newValue, refusal: refusal) }
    }
    /// Why a credential that was presented is not accepted; on an open route it counts as none.
    public internal(set) var refusal: GatehouseError? {
        get { facts?.refusal }
        set { facts = Facts(request: request, caller: caller, refusal: newValue) }
    }

    public init(channel: any Channel) { self.channel = channel }

    public var principal: Principal? { caller?.principal }

    /// The session of the cookie; `nil` for callers with a token, who have no business with pages.
    package var browserSession: LiveSession? { caller?.usesCookie == true ? caller?.session : nil }
}

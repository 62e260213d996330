public import GatehouseCore

/// What opened a tunnel or asked for a stream of events, and must go on standing for it to stay open.
public struct TunnelOwner: Sendable {
    /// As it was then.
    public let principal: Principal

    public init(_ principal: Principal) { self.principal = principal }

    /// The end of the credential, if it has one.
    public var expiresAt: Timestamp? { principal.expiresAt }
}

public import GatehouseCore

/// What opened a tunnel and must go on standing for it to stay open.
public struct TunnelOwner: Sendable {
    /// As it was when the tunnel was opened.
    public let principal: Principal

    public init(_ principal: Principal) { self.principal = principal }

    public var sessionID: String? { principal.sessionID }
    /// The end of the credential, if it has one.
    public var expiresAt: Timestamp? { principal.expiresAt }
}

public import GatehouseCore

/// How a remote key set stands, for readiness, logs and the operator.
public struct KeySetStatus: Sendable {
    public let url: String
    /// The names of its usable keys, in ascending order.
    public let keyNames: [String]
    /// When the set in use was asked for; `nil` if none ever came.
    public let fetchedAt: Timestamp?
    /// Until when it is used without asking again.
    public let freshUntil: Timestamp?
    /// Until when it is used while the issuer does not answer.
    public let usableUntil: Timestamp?
    /// Why the last fetch failed; `nil` if it did not.
    public let failure: GatehouseError?

    /// Whether a set came, and no fetch since has failed.
    public var isGood: Bool { fetchedAt != nil && failure == nil }
}

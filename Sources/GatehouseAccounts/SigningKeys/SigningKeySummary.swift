public import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// A signing key as an operator may see it.
public struct SigningKeySummary: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// Published, and not signing yet.
        case next
        /// The one that signs.
        case current
        /// Signs no more; what it signed is valid until it ends.
        case retired
    }

    public let kid: String
    /// The algorithm's name (RFC 7518), such as `ES256`.
    public let algorithm: String
    public let state: State
    /// `nil` for a key from the settings, which is not in the store.
    public let createdAt: Timestamp?
    /// When it began to sign, or will; `nil` for a key from the settings.
    public let signsFrom: Timestamp?
    public let retiredAt: Timestamp?
    /// When a retired key is forgotten.
    public let verifiesUntil: Timestamp?

    init(_ record: SigningKeyRecord, keptAfterRetirement: Duration, besideOwnKey: Bool) {
        kid = record.kid
        algorithm = record.algorithm
        state =
            switch record.state {
            case .next: .next
            case .current: besideOwnKey ? .retired : .current
            case .retired: .retired
            }
        createdAt = record.createdAt
        signsFrom = record.signsFrom
        retiredAt = record.retiredAt
        verifiesUntil = record.retiredAt.map { $0 + keptAfterRetirement }
    }

    /// A key from the settings.
    init(_ key: SigningKey) {
        kid = key.kid
        algorithm = key.algorithm.rawValue
        state = .current
        createdAt = nil
        signsFrom = nil
        retiredAt = nil
        verifiesUntil = nil
    }
}

public import GatehouseCore
import GatehouseStore

/// An API key as its owner may see it: all but the key itself, of which only a hash is stored.
public struct APIKey: Sendable, Hashable {
    /// The part of the key's text that is no secret.
    public let id: String
    /// What sort of key it is, as its text says.
    public let kind: String
    /// The name to show; not unique.
    public let name: String
    /// The owner, without whose rights the key has none.
    public let userID: String
    /// The one tenant in which the key works.
    public let tenant: Tenant.ID
    /// What the key may be used for, as far as the owner holds it; empty means nothing.
    public let scopes: Set<Scope>
    /// The owner's roles that the key has too, as long as the owner has them.
    public let roles: Set<Role>
    /// Where the key may be used from; empty means anywhere.
    public let addresses: [AddressRange]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp?
    /// Within a minute.
    public let lastUsedAt: Timestamp?
    public let revokedAt: Timestamp?
    /// The id of the key in whose place this one was made.
    public let replaces: String?

    /// Whether the key is neither revoked nor expired at `now`. It works only while its owner is enabled, too.
    public func isLive(at now: Timestamp) -> Bool { revokedAt == nil && expiresAt.map { now < $0 } ?? true }

    init(_ record: APIKeyRecord) {
        id = record.id
        kind = record.kind
        name = record.name
        userID = record.user
        tenant = record.tenant
        scopes = record.scopes
        roles = record.roles
        addresses = record.addresses
        createdAt = record.createdAt
        expiresAt = record.expiresAt
        lastUsedAt = record.lastUsedAt
        revokedAt = record.revokedAt
        replaces = record.replaces
    }
}

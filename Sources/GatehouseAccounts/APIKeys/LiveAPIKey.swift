public import GatehouseCore
import Synchronization

/// An API key that worked when it was looked up, with everything that deciding on a request takes.
///
/// It never changes, but for the time of the last use and a slot for bytes that are worth making once.
public final class LiveAPIKey: Sendable {
    public let key: APIKey
    /// The owner in the key's tenant.
    public let account: LiveAccount
    /// Who presents the key: the owner, with no more than the key lists and the owner holds now.
    public let principal: Principal
    private let made = MadeBytes()
    private let noted: Mutex<Timestamp?>

    init(_ key: APIKey, of account: LiveAccount) {
        self.key = key
        self.account = account
        noted = Mutex(key.lastUsedAt)
        let scopes = key.scopes.filter { account.rights.hold($0) }
        principal = Principal(
            id: account.user.id, username: account.user.username, name: account.user.name, email: account.user.email,
            tenant: key.tenant, roles: key.roles.intersection(account.rights.roles),
            permissions: Set(scopes.compactMap { try? Permission(validating: $0.rawValue) }), scopes: scopes, credential: .apiKey,
            expiresAt: key.expiresAt, credentialID: key.id, ownerRoles: account.rights.roles, ownerPermissions: account.rights.permissions)
    }

    /// Whether the key may be used from there; one with a list of addresses may not where the address is unknown.
    public func allows(_ address: IPAddress?) -> Bool {
        guard !key.addresses.isEmpty else { return true }
        guard let address else { return false }
        return key.addresses.contains { $0.contains(address) }
    }

    /// The bytes that `make` gave when first asked, such as the body that describes the principal.
    public func bytes(orMake make: () throws -> [UInt8]) rethrows -> [UInt8] { try made.bytes(for: .apiKey, orMake: make) }

    /// Whether a use should be written now; answers `true` to one caller within `interval`.
    func claimUse(at now: Timestamp, interval: Duration) -> Bool {
        noted.withLock { noted in
            if let last = noted, now < last + interval { return false }
            noted = now
            return true
        }
    }

    func isUseDue(at now: Timestamp, interval: Duration) -> Bool { noted.withLock { last in last.map { $0 + interval <= now } ?? true } }

    /// The store could not be told; the next request tries again.
    func abandonUse() { noted.withLock { $0 = nil } }
}

public import GatehouseCore
import GatehouseStore
import Synchronization

/// An enabled user acting in one tenant, with everything that deciding on a request takes.
///
/// It never changes, but for a slot for bytes that are worth making once.
public final class LiveAccount: Sendable {
    public let user: User
    public let tenant: Tenant.ID
    public let rights: Rights
    private let made = MadeBytes()

    init(user: User, tenant: Tenant.ID, rights: Rights) {
        self.user = user
        self.tenant = tenant
        self.rights = rights
    }

    /// The user as a principal with all rights that the user has in the tenant.
    public func principal(_ credential: Principal.Credential, authenticatedAt: Timestamp? = nil) -> Principal {
        Principal(
            id: user.id, username: user.username, name: user.name, email: user.email, tenant: tenant, roles: rights.roles,
            permissions: rights.permissions, credential: credential, authenticatedAt: authenticatedAt)
    }

    /// The bytes that `make` gave when first asked for `credential`, such as the body that describes the principal.
    public func bytes(for credential: Principal.Credential, orMake make: () throws -> [UInt8]) rethrows -> [UInt8] {
        try made.bytes(for: credential, orMake: make)
    }

    /// A user and where the user acts; `nil` for the user's own tenant.
    struct Key: Sendable, Hashable {
        let user: String
        let tenant: Tenant.ID?
    }

    /// Reads what the user may do in the tenant; `nil` for one who is disabled, or is no member: it is another than the user's own
    /// and the user has no role there.
    static func read(
        _ user: UserRecord, in tenant: Tenant.ID, _ transaction: any SQLTransaction
    ) throws(GatehouseError) -> LiveAccount? {
        guard user.disabledAt == nil else { return nil }
        let roles = try RoleRecord.list(of: user.id, scope: .tenant(tenant), in: transaction)
        guard user.tenant == tenant || !roles.isEmpty else { return nil }
        return LiveAccount(user: User(user), tenant: tenant, rights: Rights(roles))
    }
}

extension Rights {
    init(_ roles: [RoleRecord]) {
        self.init(roles: Set(roles.map(\.role)), permissions: roles.reduce(into: []) { $0.formUnion($1.permissions) })
    }
}

/// Bytes that were worth making once, by credential.
final class MadeBytes: Sendable {
    private let made = Mutex<[Principal.Credential: [UInt8]]>([:])

    func bytes(for credential: Principal.Credential, orMake make: () throws -> [UInt8]) rethrows -> [UInt8] {
        if let made = made.withLock({ $0[credential] }) { return made }
        let bytes = try make()
        made.withLock { $0[credential] = bytes }
        return bytes
    }
}

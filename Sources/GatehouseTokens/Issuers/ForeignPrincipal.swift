public import GatehouseCore
import Synchronization

/// Whom a foreign token speaks for with the rights of one moment, and what was worth making once for it.
public final class ForeignPrincipal: Sendable {
    public let principal: Principal
    private let made = Mutex<[UInt8]?>(nil)

    fileprivate init(_ principal: Principal) { self.principal = principal }

    /// The bytes that `make` gave when first asked for, such as the body that describes the principal.
    public func bytes(orMake make: () -> [UInt8]) -> [UInt8] {
        if let made = made.withLock({ $0 }) { return made }
        let bytes = make()
        made.withLock { $0 = bytes }
        return bytes
    }
}

/// The principal that was made last for an identity: the same token comes again and again, and its rights seldom change.
final class LatestPrincipal: Sendable {
    private let latest = Mutex<ForeignPrincipal?>(nil)

    /// The one that was made with the same rights in the same tenant, or another.
    func principal(
        in tenant: Tenant.ID, roles: Set<Role>, permissions: Set<Permission>, orMake make: () -> Principal
    ) -> ForeignPrincipal {
        if let known = latest.withLock({ $0 }), known.principal.tenant == tenant, known.principal.roles == roles,
            known.principal.ownerPermissions == permissions
        {
            return known
        }
        let made = ForeignPrincipal(make())
        latest.withLock { $0 = made }
        return made
    }
}

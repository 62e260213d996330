package import GatehouseCore
import Synchronization

/// Whom a foreign token speaks for with the rights of one moment, and what was worth making once for it.
package final class ForeignPrincipal: Sendable {
    package let principal: Principal
    private let made = Mutex<[UInt8]?>(nil)

    fileprivate init(_ principal: Principal) { self.principal = principal }

    /// What is kept of it at most: a cache of many tokens counts on it.
    private static let mostBytes = 1024

    /// The bytes that describe the principal, which `make` gave when first asked for; long ones are made anew every time.
    package func description(orMake make: () -> [UInt8]) -> [UInt8] {
        if let made = made.withLock({ $0 }) { return made }
        let bytes = make()
        if bytes.count <= Self.mostBytes { made.withLock { $0 = bytes } }
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

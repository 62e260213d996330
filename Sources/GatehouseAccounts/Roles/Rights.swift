public import GatehouseCore

/// What somebody may do in one tenant: roles, and the permissions that these add up to.
public struct Rights: Sendable, Hashable {
    public let roles: Set<Role>
    public let permissions: Set<Permission>

    public init(roles: Set<Role> = [], permissions: Set<Permission> = []) {
        self.roles = roles
        self.permissions = permissions
    }

    /// Whether the permission of the scope's name is held, by name or through the administrator's wildcard.
    public func hold(_ scope: Scope) -> Bool {
        permissions.contains(.everything) || permissions.contains { $0.rawValue == scope.rawValue }
    }

    /// What was asked when rights were worked out from the names of roles.
    struct Question: Sendable, Hashable {
        let roles: Set<Role>
        let tenant: Tenant.ID
        let systemRoles: Set<Role>
    }
}

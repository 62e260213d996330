public import GatehouseCore

/// Whose rows a query may see; every record query asks for one, so that none forgets.
public enum TenantScope: Sendable, Hashable {
    case tenant(Tenant.ID)
    /// All tenants: only where the row itself decides the tenant (a credential's hash, a name that is unique everywhere) or the
    /// caller may see everybody.
    case everyTenant

    /// The condition on `column`, to stand in a WHERE clause.
    func condition(on column: SQLText) -> SQLText {
        switch self {
        case .tenant(let id): "\(sql: column) = \(id)"
        case .everyTenant: "1 = 1"
        }
    }
}

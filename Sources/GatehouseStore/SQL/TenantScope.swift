public import GatehouseCore

/// Whose rows a query may see; every query of a record that has a tenant asks for one, so that none forgets.
///
/// Of no tenant are `meta`, `changes`, `secrets`, `signing_keys`, `throttles` and `known_addresses`, and the names of accounts, which are unique everywhere.
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

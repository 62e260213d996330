public import GatehouseCore

/// Where a store is, before it is opened; stores have a static member each, such as `.sqlite("orders.db")`.
public struct StoreAddress: Sendable {
    public typealias Open = @Sendable () throws(GatehouseError) -> any SQLDriver

    /// Opens the store, made where there is none.
    public let open: Open
    /// Opens the store to be read only: nothing is made or changed. Throws `store_unavailable` where there is none.
    public let openReadingOnly: Open

    public init(open: @escaping Open, openReadingOnly: @escaping Open) {
        self.open = open
        self.openReadingOnly = openReadingOnly
    }
}

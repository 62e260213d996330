public import GatehouseCore

extension SQLTransaction {
    /// Tells every process on the store that something changed which decides who may do what.
    public func markChanged() throws(GatehouseError) {
        try run("UPDATE changes SET counter = counter + 1 WHERE id = 1")
    }

    /// The counter of such changes.
    public func changeCounter() throws(GatehouseError) -> Int64 {
        guard var row = try rows("SELECT counter FROM changes WHERE id = 1").first else {
            throw GatehouseError(.storeUnavailable, "The database has no change counter: it was not set up by Gatehouse.")
        }
        return try row.next()
    }
}

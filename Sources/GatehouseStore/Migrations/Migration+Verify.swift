public import GatehouseCore

extension Migration {
    /// Looks whether the database has exactly these steps, and changes nothing.
    ///
    /// Throws `store_too_new` for a database of a newer program, `store_unavailable` with the remedy for one of an older program and
    /// for one that is none of ours.
    public static func verify(_ migrations: [Migration], in transaction: any SQLTransaction) throws(GatehouseError) {
        let applied: Int
        do throws(GatehouseError) {
            applied = try appliedVersion(in: transaction)
        } catch {
            throw GatehouseError(
                .storeUnavailable, "The database was not set up by Gatehouse; start the server on it first, or name the right one.",
                cause: error)
        }
        let newest = migrations.map(\.version).max() ?? 0
        guard applied <= newest else { throw tooNew(applied, newest) }
        guard applied == newest else {
            throw GatehouseError(
                .storeUnavailable,
                "The database is at version \(applied), this program works with \(newest), and must not change it here. Start the server "
                    + "of this version once, which brings the database up to date.")
        }
    }

    static func tooNew(_ applied: Int, _ newest: Int) -> GatehouseError {
        GatehouseError(
            .storeTooNew,
            "The database is at version \(applied), this program knows \(newest). Start the newer Gatehouse that upgraded it, or restore a backup."
        )
    }

    static func appliedVersion(in transaction: any SQLTransaction) throws(GatehouseError) -> Int {
        guard var row = try transaction.rows("SELECT max(version) FROM migrations").first else { return 0 }
        return try row.next(Int?.self) ?? 0
    }
}

public import GatehouseCore

/// A row of `account_names`: one canonical name, of one account.
public struct AccountNameRecord: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case user, serviceAccount = "service_account" }

    public let canonical: String
    public let kind: Kind
    public let account: String

    public init(canonical: String, kind: Kind, account: String) {
        self.canonical = canonical
        self.kind = kind
        self.account = account
    }

    /// Takes the name; `false` when any account of any tenant has it.
    public func claim(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            INSERT INTO account_names (canonical, account_kind, account_id) VALUES (\(canonical), \(kind.rawValue), \(account))
            ON CONFLICT (canonical) DO NOTHING
            """) == 1
    }
}

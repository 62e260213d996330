/// Every migration there is, oldest first.
public enum Schema {
    public static let migrations: [Migration] = [.accounts, .credentials]
}

/// What differs between the two databases in the SQL that they otherwise share.
public enum SQLDialect: String, Sendable, Hashable, CaseIterable {
    case sqlite
    case postgres

    /// What stands before a parameter's number. SQLite reads `$1` as a name, numbered by first appearance.
    var parameterMark: Character { self == .sqlite ? "?" : "$" }

    /// The type of a byte string.
    public var bytes: SQLText { self == .sqlite ? "BLOB" : "BYTEA" }

    /// The type of text that is sorted or paged: by bytes in both.
    public var sortedText: SQLText { self == .sqlite ? "TEXT" : #"TEXT COLLATE "C""# }
}

import GatehouseCore

/// Which store holds the accounts.
public enum StoreLocation: Sendable, Hashable, CustomStringConvertible {
    /// An SQLite database at this path.
    case sqlite(path: String)

    init(_ text: String) throws(GatehouseError) {
        if text.hasPrefix("postgres:") || text.hasPrefix("postgresql:") {
            throw remedy("names PostgreSQL, which is not in this build: use sqlite:gatehouse.db")
        }
        guard text.hasPrefix("sqlite:") else { throw remedy("is no store: write it like sqlite:gatehouse.db") }
        var path = text.dropFirst(7)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard !path.isEmpty, path != ":memory:", !path.hasSuffix("/"), text.hasPrefix("sqlite://") ? path.hasPrefix("/") : true else {
            throw remedy("names no file: write it like sqlite:gatehouse.db or sqlite:///var/lib/gatehouse/gatehouse.db")
        }
        self = .sqlite(path: String(path))
    }

    /// The file of the database.
    var path: String {
        switch self {
        case .sqlite(let path): path
        }
    }

    public var description: String {
        switch self {
        case .sqlite(let path): "sqlite:\(path)"
        }
    }
}

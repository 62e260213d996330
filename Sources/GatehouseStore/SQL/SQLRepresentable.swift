public import GatehouseCore

/// A type that can be bound to a statement and read from a row.
public protocol SQLRepresentable {
    var sqlValue: SQLValue { get }
    /// `nil` when the value is of another kind or out of range.
    init?(sqlValue: SQLValue)
}

extension Int64: SQLRepresentable {
    public var sqlValue: SQLValue { .integer(self) }

    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Int: SQLRepresentable {
    public var sqlValue: SQLValue { .integer(Int64(self)) }

    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue, let exact = Int(exactly: value) else { return nil }
        self = exact
    }
}

/// Stored as 0 or 1: the two dialects share no boolean type.
extension Bool: SQLRepresentable {
    public var sqlValue: SQLValue { .integer(self ? 1 : 0) }

    public init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .integer(0): self = false
        case .integer(1): self = true
        default: return nil
        }
    }
}

extension String: SQLRepresentable {
    public var sqlValue: SQLValue { .text(self) }

    public init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self = value
    }
}

extension [UInt8]: SQLRepresentable {
    public var sqlValue: SQLValue { .bytes(self) }

    public init?(sqlValue: SQLValue) {
        guard case .bytes(let value) = sqlValue else { return nil }
        self = value
    }
}

/// Stored as microseconds since 1970.
extension Timestamp: SQLRepresentable {
    public var sqlValue: SQLValue { .integer(microseconds) }

    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self.init(microseconds: value)
    }
}

/// Stored as whole microseconds.
extension Duration: SQLRepresentable {
    public var sqlValue: SQLValue { .integer(inMicroseconds) }

    public init?(sqlValue: SQLValue) {
        guard case .integer(let value) = sqlValue else { return nil }
        self = .microseconds(value)
    }
}

extension Optional: SQLRepresentable where Wrapped: SQLRepresentable {
    public var sqlValue: SQLValue { self?.sqlValue ?? .null }

    public init?(sqlValue: SQLValue) {
        if case .null = sqlValue {
            self = .none
        } else if let value = Wrapped(sqlValue: sqlValue) {
            self = .some(value)
        } else {
            return nil
        }
    }
}

extension SQLRepresentable where Self: OpenName {
    public var sqlValue: SQLValue { .text(rawValue) }

    public init?(sqlValue: SQLValue) {
        guard case .text(let name) = sqlValue, let value = try? Self(validating: name) else { return nil }
        self = value
    }
}

extension Role: SQLRepresentable {}
extension Permission: SQLRepresentable {}
extension Scope: SQLRepresentable {}
extension Tenant.ID: SQLRepresentable {}

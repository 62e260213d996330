public import GatehouseCore

/// Looks single claims up by path. Each call reads the payload again, about 1 µs; for many look-ups read a `StrictJSON` once.
extension Claims {
    /// The payload, read; `nil` only for bytes that never went through a verifier.
    public var document: StrictJSON? { try? StrictJSON(checking: json) }

    /// The text of a string claim, such as `claims.string("iss")`.
    public func string(_ path: String...) -> String? { string(at: path) }

    public func string(at path: [String]) -> String? { element(at: path)?.string }

    /// A string, or an array of strings, as an array: `claims.strings(at: ["realm_access", "roles"])`.
    public func strings(at path: [String]) -> [String]? {
        guard let element = element(at: path) else { return nil }
        return element.strings ?? element.string.map { [$0] }
    }

    /// Any number, as the nearest double.
    public func number(at path: [String]) -> Double? { element(at: path)?.number }

    /// A number without fraction and exponent.
    public func integer(at path: [String]) -> Int64? { element(at: path)?.integer }

    public func bool(at path: [String]) -> Bool? { element(at: path)?.bool }

    /// Whether there is a claim, be it `null`.
    public func has(_ path: String...) -> Bool { element(at: path) != nil }

    public func element(at path: [String]) -> StrictJSON.Element? { document?.root.element(at: path) }
}

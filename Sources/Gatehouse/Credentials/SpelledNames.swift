package import HTTPTypes

/// Names of fields, found in every spelling that a careless server reads as the same: any letter case, any other character for `-`.
package struct SpelledNames: Sendable {
    private let names: [[UInt8]]

    package init(_ names: [HTTPField.Name]) { self.names = names.map { $0.canonicalName.utf8.map(Self.spelled) } }

    package var isEmpty: Bool { names.isEmpty }

    package func contains(_ name: HTTPField.Name) -> Bool {
        if names.isEmpty { return false }
        let bytes = name.canonicalName.utf8
        return names.contains { $0.count == bytes.count && $0.elementsEqual(bytes.lazy.map(Self.spelled)) }
    }

    /// A byte of a name in small letters, as a careless server reads it: all but letters and digits is `-`.
    package static func spelled(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
        default: UInt8(ascii: "-")
        }
    }
}

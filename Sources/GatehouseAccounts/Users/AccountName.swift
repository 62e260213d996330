import Foundation
import GatehouseCore

/// A name or e-mail address in the one form under which all its spellings are the same account.
struct AccountName: Sendable, Hashable {
    /// Compatibility forms folded (NFKC: full width, ligatures), case folded, trimmed; empty for what can be nobody's.
    let canonical: String

    /// From what somebody typed; any text has a canonical form, most are nobody's.
    ///
    /// All that is too long or holds a control character has the same, so that no reading of it is somebody's name.
    init(typed text: String) {
        let canBeName = text.utf8.count <= 1024 && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        canonical = canBeName ? Self.folded(text) : ""
    }

    /// The one form of all spellings of `text`, whether it can be a name or not.
    static func folded(_ text: String) -> String {
        var folded = text
        // A step can bring forth something for the others; for every single character two rounds reach the end.
        for _ in 0..<3 {
            let next = foldedOnce(folded)
            if next.utf8.elementsEqual(folded.utf8) { break }
            folded = next
        }
        return folded
    }

    /// Upper case first, so that letters that have two small forms or none (ß, ς) fall together.
    private static func foldedOnce(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.uppercased().lowercased()
            .precomposedStringWithCompatibilityMapping.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What is wrong with `text` as a new user name; `nil` if nothing is.
    static func problem(withUsername text: String) -> String? {
        if !text.unicodeScalars.allSatisfy(isVisible) { return "A user name contains no control or invisible characters." }
        if text.utf8.count > 1024 || !(1...128).contains(AccountName(typed: text).canonical.unicodeScalars.count) {
            return "A user name has 1 to 128 characters."
        }
        if text.unicodeScalars.contains(":") || AccountName(typed: text).canonical.unicodeScalars.contains(":") {
            return "A user name contains no “:”."
        }
        if text != text.trimmingCharacters(in: .whitespacesAndNewlines) { return "A user name does not begin or end with a space." }
        return nil
    }

    /// What is wrong with `text` as an e-mail address; `nil` if nothing is.
    static func problem(withEmail text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), text.utf8.count <= 254,
            text.unicodeScalars.allSatisfy({ isVisible($0) && !$0.properties.isWhitespace && !"\"<>,;:".unicodeScalars.contains($0) })
        else { return "This is not an e-mail address." }
        return nil
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}

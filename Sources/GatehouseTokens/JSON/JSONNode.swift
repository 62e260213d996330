/// One value or member name of a document that was read, in the order of the text.
///
/// A container is followed by its children (an object's by name, value, name, value…); `next` is the index behind the last of them.
struct JSONNode: Sendable {
    enum Kind: UInt8 {
        case object, array, string
        /// A string with escapes in it, whose text is therefore not its bytes.
        case escapedString
        /// Digits alone and at most 18 of them, with or without a minus.
        case integer
        case number
        case `true`, `false`, null
    }

    let kind: Kind
    /// The first byte; of a string the one behind the quote.
    let start: UInt32
    /// The byte behind the last one; of a string the quote.
    var end: UInt32
    var next: UInt32

    var range: Range<Int> { Int(start)..<Int(end) }
    var isString: Bool { kind == .string || kind == .escapedString }
}

/// Why a text is not a document that Gatehouse reads.
struct JSONFault: Error {
    let reason: StaticString

    init(_ reason: StaticString) { self.reason = reason }
}

public import GatehouseCore
import GatehouseStore

/// Somebody whom another system vouches for is one of our users.
public struct Link: Sendable, Hashable {
    /// Who vouches: the name of a trusted proxy or of an identity provider.
    public let provider: String
    /// The name under which it knows the person; compared byte by byte.
    public let subject: String
    public let userID: String
    public let linkedAt: Timestamp

    init(_ record: LinkedAccountRecord) {
        provider = record.provider
        subject = record.subject
        userID = record.user
        linkedAt = record.linkedAt
    }

    /// The pair that is linked once at most.
    struct Name: Sendable, Hashable {
        let provider: String
        let subject: String

        // String's own equality takes different bytes for the same text.
        static func == (left: Name, right: Name) -> Bool {
            left.provider.utf8.elementsEqual(right.provider.utf8) && left.subject.utf8.elementsEqual(right.subject.utf8)
        }

        /// Throws `validation_failed` unless both are 1–255 characters without control characters.
        func check() throws(GatehouseError) {
            for (field, text) in [("provider", provider), ("subject", subject)] {
                let scalars = text.unicodeScalars
                let isSound = (1...255).contains(scalars.count) && !scalars.contains { $0.properties.generalCategory == .control }
                guard isSound else {
                    let message = "It has 1 to 255 characters, none of them a control character."
                    throw GatehouseError(
                        .validationFailed, "A link was refused: the \(field) has 1 to 255 characters, none of them a control character.",
                        fields: [FieldError(field: field, code: "invalid", message: message)])
                }
            }
        }
    }
}

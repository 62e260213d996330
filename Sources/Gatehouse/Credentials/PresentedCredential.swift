import GatehouseCore

/// The credential that a request carries, not judged yet.
enum PresentedCredential: Sendable {
    case none
    /// A JWT, or a key.
    case bearer(String)
    case apiKey(String)
    case basic(BasicCredential)
    /// The person whom a trusted proxy names.
    case proxy(subject: String)
    /// A field that the application judges itself.
    case custom
    case cookie(String)
}

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

    /// A browser sends it of its own accord, so that another site can have it sent.
    var isAmbient: Bool {
        switch self {
        case .basic, .proxy, .custom, .cookie: true
        case .none, .bearer, .apiKey: false
        }
    }
}

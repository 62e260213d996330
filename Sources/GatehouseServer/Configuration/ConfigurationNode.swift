import GatehouseCore

/// A value as it was written, with the place where it stands.
struct ConfigurationNode: Sendable {
    enum Content: Sendable {
        /// From a flag or a variable: of whatever type is wanted.
        case untyped(String)
        /// A quoted scalar, or a plain one that reads as nothing but text.
        case text(String)
        /// A plain scalar that YAML reads as a number, a boolean or nothing (`null`, `~`, empty).
        case number(String)
        case boolean(String)
        case nothing
        case list([ConfigurationNode])
        case map([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let source: ConfigurationSource
        let value: ConfigurationNode
    }

    let content: Content
    let source: ConfigurationSource

    /// What stands there, for an error message; never the value itself, which may be a secret.
    var kind: String {
        switch content {
        case .untyped, .text: "text"
        case .number: "a number"
        case .boolean: "a boolean"
        case .nothing: "nothing"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

import GatehouseCore

/// What answers on a route, and what a request must prove first.
///
/// By reference, and without the application's context: a request looks at it in a few places and never changes it.
final class Endpoint: Sendable {
    /// Who answers decides how a cross-site request is told from an honest one.
    enum Kind: Sendable, Hashable {
        /// JSON of ours or of the application: unsafe requests with a cookie carry `X-CSRF-Token`.
        case api
        /// A page whose handler checks the form's hidden field itself.
        case page
        /// Another server; it has forgery rules of its own.
        case upstream(String)
    }

    let policy: Policy
    let kind: Kind
    /// The place of its handler in the router's list.
    let handler: Int

    init(policy: Policy, kind: Kind, handler: Int) {
        self.policy = policy
        self.kind = kind
        self.handler = handler
    }

    var target: String {
        switch kind {
        case .api: "api"
        case .page: "page"
        case .upstream(let address): address
        }
    }
}

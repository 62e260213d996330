import GatehouseCore
import Hummingbird

/// What answers on a route, and what a request must prove first.
struct Endpoint<Context: IdentityRequestContext>: Sendable {
    /// Who answers decides how a cross-site request is told from an honest one.
    enum Kind: Sendable, Hashable {
        /// JSON of ours or of the application: unsafe requests with a cookie carry `X-CSRF-Token`.
        case api
        /// A page whose handler checks the form's hidden field itself.
        case page
        /// Another server; it has forgery rules of its own.
        case upstream(String)
    }

    typealias Forward = @Sendable (consuming AuthorizedRequest, Request, Context) async throws -> Response

    let policy: Policy
    let kind: Kind
    let answer: Forward

    var target: String {
        switch kind {
        case .api: "api"
        case .page: "page"
        case .upstream(let address): address
        }
    }
}

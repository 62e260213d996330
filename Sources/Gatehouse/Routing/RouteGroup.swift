public import GatehouseCore
public import HTTPTypes
public import Hummingbird

/// Routes that share a path prefix, a guard and middleware.
///
/// `requiring` returns a new group, so that a policy is in place before a route can be added.
public struct RouteGroup<Root: IdentityRequestContext, Context: RequestContext>: RouterMethods {
    typealias Wrap = @Sendable (any HTTPResponder<Context>) -> @Sendable (Request, Root) async throws -> Response

    let router: GateRouter<Root>
    let prefix: RouterPath
    let policies: [Policy]
    let kind: Endpoint.Kind
    let wrap: Wrap
    private let middlewares: Middlewares

    /// Shared by copies of the group, as with Hummingbird's own groups.
    private final class Middlewares {
        var all: [any MiddlewareProtocol<Request, Response, Context>] = []
        init(_ all: [any MiddlewareProtocol<Request, Response, Context>] = []) { self.all = all }
    }

    init(router: GateRouter<Root>, prefix: RouterPath, policies: [Policy], kind: Endpoint.Kind, wrap: @escaping Wrap) {
        self.init(router: router, prefix: prefix, policies: policies, kind: kind, wrap: wrap, middlewares: Middlewares())
    }

    private init(
        router: GateRouter<Root>, prefix: RouterPath, policies: [Policy], kind: Endpoint.Kind, wrap: @escaping Wrap, middlewares: Middlewares
    ) {
        self.router = router
        self.prefix = prefix
        self.policies = policies
        self.kind = kind
        self.wrap = wrap
        self.middlewares = middlewares
    }

    /// A group that asks for `policy` on top of everything that this one asks for.
    public func requiring(_ policy: Policy) -> Self {
        Self(
            router: router, prefix: prefix, policies: policies + [policy], kind: kind, wrap: wrap, middlewares: Middlewares(middlewares.all))
    }

    /// A group below `path` with the same guard.
    public func group(_ path: RouterPath) -> Self {
        Self(
            router: router, prefix: prefix.appendingPath(path), policies: policies, kind: kind, wrap: wrap,
            middlewares: Middlewares(middlewares.all))
    }

    /// Applies to routes that are added afterwards; runs after the guard.
    @discardableResult public func add(middleware: any MiddlewareProtocol<Request, Response, Context>) -> Self {
        middlewares.all.append(middleware)
        return self
    }

    @discardableResult public func on<Responder: HTTPResponder>(
        _ path: RouterPath, method: HTTPRequest.Method, responder: Responder
    ) -> Self where Responder.Context == Context {
        let answer = router.composed(wrap(composed(responder)))
        let policy = policies.count == 1 ? policies[0] : .all(policies)
        router.add(prefix.appendingPath(path), method: method.rawValue, policy: policy, kind: kind, .here(answer))
        return self
    }

    private func composed(_ responder: any HTTPResponder<Context>) -> any HTTPResponder<Context> {
        middlewares.all.reversed().reduce(responder) { next, middleware in
            CallbackResponder { request, context in
                try await middleware.handle(request, context: context) { try await next.respond(to: $0, context: $1) }
            }
        }
    }
}

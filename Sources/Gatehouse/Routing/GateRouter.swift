public import GatehouseCore
public import Hummingbird
public import ServiceLifecycle

/// The routes of an application, each with its guard; made by `gate.router(context:)`.
///
/// It has no `get` of its own: a route is added to a group that says who may call it.
public final class GateRouter<Context: IdentityRequestContext> {
    package let gate: Gate
    private(set) var table = RouteTable()
    private(set) var handlers: [RouteHandler<Context>] = []
    private(set) var problems: [GatehouseError] = []
    private var middlewares: [any MiddlewareProtocol<Request, Response, Context>] = []
    /// Where browsers without a session are sent; `nil` until sign-in pages are mounted.
    public var signInPath: String?
    /// Further things that must work before the gateway is ready, by name.
    public var readinessChecks: [ReadinessCheck] = []
    /// Long-lived things that the routes need; `gate.application` runs them.
    public var services: [any Service] = []

    let readiness = Readiness()

    init(gate: Gate) { self.gate = gate }

    /// Routes below `path` for anybody who is signed in; handlers get a `principal` that is not optional.
    public func signedIn(_ path: RouterPath = "") -> RouteGroup<Context, SignedInContext<Context>> {
        requiring(.signedIn, path)
    }

    /// Routes below `path` for those whom `policy` admits.
    ///
    /// With `.public` the gateway does not start: `open` is the word for that.
    public func requiring(_ policy: Policy, _ path: RouterPath = "") -> RouteGroup<Context, SignedInContext<Context>> {
        // Inside another policy `.public` is a problem that keeps the gateway from starting.
        let policy = policy.isPublic ? Policy.all(policy) : policy
        return RouteGroup(router: self, prefix: path, policies: [policy], kind: .api) { responder in
            { request, context in try await responder.respond(to: request, context: SignedInContext(context: context)) }
        }
    }

    /// Routes below `path` that are open to everybody.
    public func open(_ path: RouterPath = "") -> RouteGroup<Context, Context> {
        opened(path, kind: .api)
    }

    /// Pages below `path` that are open to everybody and whose handlers check their forms themselves.
    package func openPages(_ path: RouterPath) -> RouteGroup<Context, Context> { opened(path, kind: .page) }

    private func opened(_ path: RouterPath, kind: Endpoint.Kind) -> RouteGroup<Context, Context> {
        RouteGroup(router: self, prefix: path, policies: [.public], kind: kind) { responder in
            { request, context in try await responder.respond(to: request, context: context) }
        }
    }

    /// Adds a target outside this process: everything at and below `path`, every method.
    ///
    /// - Parameter address: what `gatehouse routes` shows.
    public func forward(
        _ path: RouterPath, requiring policy: Policy, address: String,
        _ answer: @escaping @Sendable (consuming AuthorizedRequest, Request, Context) async throws -> Response
    ) {
        add(path.appendingPath("**"), method: nil, policy: policy, kind: .upstream(address), .elsewhere(answer, start: nil))
    }

    /// - Parameter start: begins with requests that need not wait for the request loop; `answer` finds what it has begun.
    package func forward(
        _ path: RouterPath, requiring policy: Policy, address: String, start: @escaping ForwardingStart,
        _ answer: @escaping @Sendable (consuming AuthorizedRequest, Request, Context) async throws -> Response
    ) {
        add(path.appendingPath("**"), method: nil, policy: policy, kind: .upstream(address), .elsewhere(answer, start: start))
    }

    /// Wraps every route of this router that is added afterwards; runs after the guard.
    @discardableResult public func add(middleware: any MiddlewareProtocol<Request, Response, Context>) -> Self {
        middlewares.append(middleware)
        return self
    }

    /// Keeps unknown paths at and below `path` from every wider route: they are ours to refuse.
    package func reserve(_ path: RouterPath) {
        do throws(GatehouseError) {
            try table.reserve(try RoutePattern(path.appendingPath("**")))
        } catch {
            problems.append(error)
        }
    }

    func add(_ path: RouterPath, method: String?, policy: Policy, kind: Endpoint.Kind, _ handler: RouteHandler<Context>) {
        do {
            let pattern = try RoutePattern(path)
            if let problem = policy.problem {
                throw GatehouseError(.routeUnguarded, "\(method ?? "*") \(pattern): \(problem)")
            }
            if let name = policy.parameters.subtracting(pattern.parameterNames).min() {
                throw GatehouseError(
                    .configurationInvalid,
                    "\(method ?? "*") \(pattern): the guard judges the parameter “\(name)”, which the path does not have; write {\(name)} in it.")
            }
            try table.add(pattern, method: method, Endpoint(policy: policy, kind: kind, handler: handlers.count))
            handlers.append(handler)
        } catch let problem as GatehouseError {
            problems.append(problem)
        } catch {
            problems.append(GatehouseError(.internalError, "A route could not be added.", cause: error))
        }
    }

    /// `answer` behind the middleware that was added so far.
    func composed(_ answer: @escaping @Sendable (Request, Context) async throws -> Response) -> @Sendable (Request, Context) async throws -> Response
    {
        middlewares.reversed().reduce(answer) { next, middleware in
            { request, context in try await middleware.handle(request, context: context, next: next) }
        }
    }

    /// Every route with what it needs, sorted by path.
    public var routes: [RouteSummary] {
        table.entries.flatMap { entry in
            entry.endpoints.map { summary(entry.pattern, $0.method, $0.endpoint) } + (entry.anyMethod.map { [summary(entry.pattern, "*", $0)] } ?? [])
        }.sorted { ($0.path, $0.methods[0]) < ($1.path, $1.methods[0]) }
    }

    private func summary(_ pattern: RoutePattern, _ method: String, _ endpoint: Endpoint) -> RouteSummary {
        RouteSummary(
            path: "\(pattern)", methods: [method], guardDescription: "\(endpoint.policy)", target: endpoint.target,
            credentials: endpoint.policy.isPublic ? [] : gate.acceptedCredentials.filter(endpoint.policy.takes).map(\.rawValue))
    }
}

/// What is done with a request that its policy has admitted.
enum RouteHandler<Context: IdentityRequestContext>: Sendable {
    /// Answered in this process.
    case here(@Sendable (Request, Context) async throws -> Response)
    /// Handed on, which takes the word of the policy.
    case elsewhere(@Sendable (consuming AuthorizedRequest, Request, Context) async throws -> Response, start: ForwardingStart?)

    var start: ForwardingStart? {
        if case .elsewhere(_, let start) = self { start } else { nil }
    }
}

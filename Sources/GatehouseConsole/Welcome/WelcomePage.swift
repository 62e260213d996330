import Gatehouse
import Hummingbird

/// `/` of a gateway without a UI.
struct WelcomePage: Sendable {
    let gate: Gate
    let templates: Templates

    func add<Context: IdentityRequestContext>(to router: GateRouter<Context>) {
        router.openPages("").get { [templates] _, context in
            var values: [String: any Sendable] = [:]
            values["name"] = context.identity.principal?.name
            return try templates.page("welcome", values)
        }
    }
}

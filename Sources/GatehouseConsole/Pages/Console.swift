public import Gatehouse
import Hummingbird

/// The pages that people see: signing in and out, a change of password, a welcome where no UI is configured.
///
/// They work without JavaScript, load nothing from elsewhere and may not be framed.
public struct Console: Sendable {
    let gate: Gate
    /// The name over every form.
    let title: String

    public init(gate: Gate, title: String = "Gatehouse") {
        self.gate = gate
        self.title = title
    }

    /// Adds the pages under `/auth`, and sends browsers without a session there.
    ///
    /// - Parameter welcome: adds a page at `/` too, for a gateway that has no UI.
    /// Throws `internal_error` when a template cannot be read.
    public func add<Context: IdentityRequestContext>(to router: GateRouter<Context>, welcome: Bool) throws {
        let templates = try Templates(title: title)
        router.signInPath = "/auth/sign-in"
        router.reserve("auth")
        let group = router.openPages("auth")
        group.get("style.css") { _, _ in Page.stylesheet }
        SignInPages(gate: gate, templates: templates).add(to: group)
        PasswordPages(gate: gate, templates: templates).add(to: group)
        if welcome { WelcomePage(gate: gate, templates: templates).add(to: router) }
    }
}

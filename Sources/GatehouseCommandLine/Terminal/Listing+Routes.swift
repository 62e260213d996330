package import Gatehouse

extension Listing where Item == RouteSummary {
    /// The routes of a gateway.
    package init(routes: [RouteSummary]) {
        self.init(headings: ["Methods", "Path", "Guard", "Credentials", "Answered by"], items: routes) {
            [$0.methods.joined(separator: ","), $0.path, $0.guardDescription, $0.credentials.joined(separator: " "), $0.target]
        }
    }
}

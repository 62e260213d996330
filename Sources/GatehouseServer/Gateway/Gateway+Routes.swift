public import Gatehouse
import GatehouseProxy
import GatehouseSQLite

extension Gateway {
    /// Every route with what it needs, without starting anything; no store is opened or made.
    public func routes() async throws -> [RouteSummary] {
        let gate = try await gateWithoutStore()
        return try gate.routes(on: try router(gate, ui: plannedUI, uiCheck: nil))
    }

    /// What `request` would get with the store as it is, which is read and not changed. Throws `store_unavailable` where there is none, or
    /// where it is not at this program's schema.
    public func explain(_ request: ExplainedRequest) async throws -> Explanation {
        let gate = try await gate(readingOnly: try configuration.openStoreReadingOnly())
        return try await gate.explain(request, on: try router(gate, ui: plannedUI, uiCheck: nil))
    }

    /// The UI as a route, without a process behind it.
    private var plannedUI: Upstream? {
        switch configuration.ui {
        case nil: nil
        case .url(let address): uiUpstream(.init(host: address.host, port: address.port), isSupervised: false)
        case .command: uiUpstream(.init(host: "127.0.0.1", port: 0), isSupervised: true)
        }
    }
}

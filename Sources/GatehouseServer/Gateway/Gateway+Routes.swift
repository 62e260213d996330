public import Gatehouse
import GatehouseProxy
import GatehouseSQLite

extension Gateway {
    /// Every route with what it needs, without starting anything or touching the store.
    public func routes() async throws -> [RouteSummary] {
        let gate = try await gate(store: .inMemory(), audit: AuditSink.none)
        let ui: Upstream? =
            switch configuration.ui {
            case nil: nil
            case .url(let address): uiUpstream(.init(host: address.host, port: address.port), isSupervised: false)
            case .command: uiUpstream(.init(host: "127.0.0.1", port: 0), isSupervised: true)
            }
        return try router(gate, ui: ui, uiCheck: nil).routes
    }
}

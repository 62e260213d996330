import GatehouseCore
import GatehouseTokens
import HTTPTypes
import Hummingbird

/// `GET <api>/healthz`, `<api>/readyz` and `/.well-known/jwks.json`: what machines ask before they send anybody here.
struct StateRoutes<Context: IdentityRequestContext>: Sendable {
    private struct Readiness: Encodable {
        let status: String
        let checks: [String: String]
    }

    let gate: Gate

    func add(to router: GateRouter<Context>) {
        let group = router.open(RouterPath(gate.apiMount))
        group.get("healthz") { _, _ in try JSONResponse.make(["status": "ok"]) }
        group.get("readyz") { [gate, state = router.readiness] _, _ in try await Self.readiness(gate, state.checks) }
        router.open(".well-known").get("jwks.json") { [gate] _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/jwk-set+json", .cacheControl: "public, max-age=300"],
                body: .init(byteBuffer: .init(bytes: gate.tokens.publicKeys)))
        }
    }

    private static func readiness(_ gate: Gate, _ checks: [ReadinessCheck]) async throws -> Response {
        var results = ["store": await gate.isStoreReachable() ? "ok" : "unreachable", "keys": "ok"]
        for check in checks { results[check.name] = await check.check() ?? "ok" }
        let isReady = results.values.allSatisfy { $0 == "ok" }
        return try JSONResponse.make(
            Readiness(status: isReady ? "ready" : "not_ready", checks: results), status: isReady ? .ok : .serviceUnavailable)
    }
}

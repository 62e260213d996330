import GatehouseCore
import GatehouseTokens
import HTTPTypes
import Hummingbird

/// `GET <api>/healthz`, `<api>/readyz` and `/.well-known/jwks.json`: what machines ask before they send anybody here.
struct StateRoutes<Context: IdentityRequestContext>: Sendable {
    private struct Body: Encodable {
        let status: String
        let checks: [String: String]
    }

    let gate: Gate

    func add(to router: GateRouter<Context>) {
        let group = router.open(RouterPath(gate.apiMount))
        group.get("healthz") { _, _ in try JSONResponse.make(["status": "ok"]) }
        group.get("readyz") { [gate, state = router.readiness] _, _ in try await Self.readiness(gate, state) }
        router.open(".well-known").get("jwks.json") { [gate] _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/jwk-set+json", .cacheControl: "public, max-age=\(gate.tokens.publicKeysAge)"],
                body: .init(byteBuffer: .init(bytes: gate.tokens.publicKeys)))
        }
    }

    /// Every check at once; what was found stands for a second, so that asking often costs the upstreams nothing.
    private static func readiness(_ gate: Gate, _ state: Readiness) async throws -> Response {
        let results = await state.results(at: gate.settings.clock.now()) { checks in
            await withTaskGroup(of: (String, String).self) { group in
                group.addTask { ("store", await gate.isStoreReachable() ? "ok" : "unreachable") }
                for check in checks { group.addTask { (check.name, await check.check() ?? "ok") } }
                return await group.reduce(into: ["keys": gate.keyState]) { $0[$1.0] = $1.1 }
            }
        }
        let isReady = results.values.allSatisfy { $0 == "ok" || $0 == Gate.degraded }
        return try JSONResponse.make(
            Body(status: isReady ? "ready" : "not_ready", checks: results.merging(gate.issuerState) { $1 }),
            status: isReady ? .ok : .serviceUnavailable)
    }
}

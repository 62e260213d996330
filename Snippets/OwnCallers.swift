// An application with keys and users of its own, and what it can ask its gate.

import Gatehouse
import GatehouseSQLite
import Hummingbird

/// Whatever the application has had until now.
struct Directory: Sendable {
    func owner(ofKey key: String) async throws -> String? { key == "k-4711" ? "batch" : nil }
    func knows(_ name: String, _ password: String) async throws -> Bool { name == "ada" && password == "their own" }
}

let directory = Directory()
var settings = GateSettings()

// For what comes as X-API-Key, Api-Key or Bearer and is neither a key of Gatehouse nor a JWT.
settings.apiKeyLookup = { key, request in
    guard let owner = try await directory.owner(ofKey: key.expose { $0 }) else { return nil }
    return Principal(
        id: owner, authProvider: "legacy", kind: .serviceAccount, username: "legacy:\(owner)", scopes: ["orders.read"], credential: .apiKey)
}

// Before the store, at every sign-in with a password; the first makes an account that is linked to the subject.
settings.passwordCheck = { name, password in
    guard try await directory.knows(name, password.expose { $0 }) else { return nil }
    return ExternalIdentity(subject: name, username: name, roles: ["clerk"])
}

let gate = try await Gate(store: .sqlite("orders.db"), settings: settings)
let router = gate.router(context: BasicIdentityContext.self)
router.requiring(.scope("orders.read"), "orders").get { _, context in "Orders of \(context.principal.name)" }

// What `gatehouse routes` and `gatehouse explain` print.
for route in try gate.routes(on: router) { print(route.path, route.methods, route.guardDescription) }
let request = ExplainedRequest("GET", "/orders", credential: .user("admin"))
print(try await gate.explain(request, on: router).lines(colored: false).joined(separator: "\n"))

// A token for development and tests; the session behind it ends like every other.
let token = try await gate.issue(for: "admin", scopes: ["orders.read"], lifetime: .seconds(3600))

try await gate.application(router).runService()

import GatehouseCore
import Testing

/// The rights of DESIGN: permissions, narrowed by scopes where a credential has them.
@Suite struct PrincipalTests {
    @Test func `a person's own session satisfies a scope by the permission of that name`() {
        let ada = person(permissions: ["orders.read"])
        #expect(ada.satisfies("orders.read"))
        #expect(!ada.satisfies("orders.write"))
        #expect(person(permissions: [.everything]).satisfies("orders.write"))
    }

    @Test func `a scoped credential satisfies its own scopes alone`() {
        let key = person(permissions: [.everything], scopes: ["orders.read"])
        #expect(key.satisfies("orders.read"))
        #expect(!key.satisfies("orders.write"))
        #expect(!person(permissions: [.everything], scopes: []).satisfies("orders.read"))
    }

    @Test func `a scoped credential holds no permission outside its scopes`() {
        let key = person(permissions: [.everything], scopes: ["orders.read"])
        #expect(key.holds("orders.read"))
        #expect(!key.holds("orders.write"))
        #expect(!key.holds(.everything))
        #expect(!person(permissions: ["orders.read", "orders.write"], scopes: ["orders.read"]).holds("orders.write"))
        #expect(!person(permissions: ["orders.read"], scopes: []).holds("orders.read"))
    }

    @Test func `a scope alone gives no permission`() {
        #expect(!person(permissions: [], scopes: ["orders.read"]).holds("orders.read"))
        #expect(!person(permissions: ["orders.write"], scopes: ["orders.read", "*"]).holds("orders.read"))
    }

    @Test func `the scope * is no wildcard`() {
        let key = person(permissions: ["orders.read"], scopes: ["*"])
        #expect(!key.satisfies("orders.read"))
        #expect(!key.holds("orders.read"))
    }

    @Test func `identity is the pair of provider and id`() {
        let local = Principal(id: "1", username: "ada", credential: .session)
        let foreign = Principal(id: "1", authProvider: "corp", username: "corp:ada", credential: .foreignToken)
        #expect(local.identity != foreign.identity)
        #expect(local.isLocal)
        #expect(!foreign.isLocal)
        #expect(local.identity == Principal(id: "1", username: "renamed", credential: .apiKey).identity)
        // One text to Unicode, and two people to their issuer.
        let composed = Principal(id: "ren\u{e9}", authProvider: "corp", username: "corp:r", credential: .foreignToken)
        let decomposed = Principal(id: "rene\u{301}", authProvider: "corp", username: "corp:r", credential: .foreignToken)
        #expect(composed.id == decomposed.id && composed.identity != decomposed.identity)
        #expect(Set([composed.identity, decomposed.identity, composed.identity]).count == 2)
        #expect(local.name == "ada", "without a name to show it is the user name")
    }
}

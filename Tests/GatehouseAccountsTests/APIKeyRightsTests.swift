import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import Testing

/// A key is never more than its owner.
@Suite struct APIKeyRightsTests {
    private static let names = (0..<6).map { "p\($0)" }
    private static let roles: [Role] = ["r0", "r1", "r2", "r3", "admin"]

    @Test(arguments: 0..<8)
    func `no key grants more than its owner holds now, whatever becomes of the owner's roles`(_ seed: UInt64) async throws {
        try await Fixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            let accounts = fixture.accounts
            let user = try await fixture.makeUser()
            var texts: [String] = []
            for _ in 0..<40 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let role = try #require(Self.roles.dropLast().randomElement(using: &random))
                    try await accounts.roles.define(role, permissions: Set(try Self.names.some(&random).map { try Permission(validating: $0) }))
                case 1:
                    let defined = Set(try await accounts.roles.list(in: .tenant(.default)).map(\.role))
                    try await accounts.roles.set(Set(Self.roles.some(&random)).intersection(defined), of: user.id, in: .default)
                default:
                    let owner = try #require(try await accounts.people.find(user: user.id))
                    let scopes = try Self.names.some(&random).map { try Scope(validating: $0) }
                    let new = NewAPIKey(name: "k", scopes: Set(scopes), roles: Set(Self.roles.some(&random)))
                    let isHeld = new.scopes.allSatisfy { owner.rights.hold($0) } && new.roles.isSubset(of: owner.rights.roles)
                    do {
                        texts.append(try await accounts.apiKeys.create(new, for: user.id, in: .default).text.text)
                        #expect(isHeld)
                    } catch let error as GatehouseError {
                        #expect(error.code == .validationFailed && !isHeld)
                    }
                }
                await fixture.look()
                let owner = try #require(try await accounts.people.find(user: user.id)).principal(.session)
                for text in texts { try Self.expect(try #require(try await accounts.apiKeys.find(text)), within: owner) }
            }
            #expect(!texts.isEmpty)
        }
    }

    private static func expect(_ live: LiveAPIKey, within owner: Principal) throws {
        let key = live.principal
        #expect(key.roles.isSubset(of: owner.roles))
        #expect(key.tenant == owner.tenant && key.identity == owner.identity)
        for name in names + ["*", "other"] {
            let (permission, scope) = (try Permission(validating: name), try Scope(validating: name))
            #expect(!key.holds(permission) || (owner.holds(permission) && live.key.scopes.contains(scope)))
            #expect(!key.satisfies(scope) || (owner.satisfies(scope) && live.key.scopes.contains(scope)))
            for policy in [.permission(permission), .scope(scope), .not(.permission(permission)), .not(.scope(scope))] as [Policy] {
                try expect(policy, admits: owner, ifItAdmits: key)
            }
            // Nor less than both.
            #expect(key.holds(permission) || !(owner.holds(permission) && live.key.scopes.contains(scope)))
        }
        for role in roles {
            for policy in [.anyRole(role), .not(.anyRole(role)), .not(.allRoles(role)), .not(.not(.anyRole(role)))] as [Policy] {
                try expect(policy, admits: owner, ifItAdmits: key)
            }
        }
    }

    private static func expect(_ policy: Policy, admits owner: Principal, ifItAdmits key: Principal) throws {
        let (isKeys, isOwners) = (try admits(policy, key), try admits(policy, owner))
        #expect(!isKeys || isOwners, "\(policy)")
    }

    private static func admits(_ policy: Policy, _ principal: Principal) throws -> Bool {
        let route = CanonicalRequest.Route(
            peer: nil, client: nil, scheme: .https, host: try Host("app.example.com", scheme: .https), isPeerTrusted: false)
        let request = try CanonicalRequest(method: "GET", target: "/", route: route, id: "1")
        switch policy.authorize(principal, request, now: Timestamp(seconds: 0)) {
        case .allow: return true
        case .deny: return false
        }
    }
}

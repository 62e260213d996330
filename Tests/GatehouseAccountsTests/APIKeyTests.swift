import Foundation
import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import GatehouseTokens
import Testing

/// Keys that people make for programs.
@Suite struct APIKeyTests {
    @Test func `a key finds its owner, and says which key it is`() async throws {
        try await Fixture.with { fixture in
            let (user, key, text) = try await fixture.makeKey()
            let live = try #require(try await fixture.accounts.apiKeys.find(text.text))
            #expect(live.key == key)
            #expect(live.principal.identity == user.identity)
            #expect(live.principal.credential == .apiKey && live.principal.credentialID == key.id)
            #expect(live.principal.scopes == ["orders.read"] && live.principal.permissions == ["orders.read"])
            #expect(live.principal.roles.isEmpty && live.principal.sessionID == nil && live.principal.authenticatedAt == nil)
            #expect(APIKeyText(text.text)?.id == key.id)
            #expect(try await fixture.accounts.apiKeys.find(id: key.id)?.key == key)
        }
    }

    @Test func `the store holds no key that could be used`() async throws {
        try await Fixture.with { fixture in
            let (_, _, text) = try await fixture.makeKey()
            let stored = try storedBytes(fixture.path)
            let secret = try #require(text.text.split(separator: "_").dropFirst(3).first)
            #expect(stored.firstRange(of: Array(secret.utf8)) == nil)
        }
    }

    @Test func `a key without scopes may do nothing`() async throws {
        try await Fixture.with { fixture in
            let (_, _, text) = try await fixture.makeKey([])
            let principal = try #require(try await fixture.accounts.apiKeys.find(text.text)).principal
            #expect(principal.scopes == [] && principal.permissions == [])
            #expect(!principal.holds("orders.read") && !principal.satisfies("orders.read"))
        }
    }

    @Test(
        arguments: [
            ("", nil), (" ", nil), ("a\u{7}b", nil), (String(repeating: "x", count: 129), nil), ("ok", "*"), ("ok", "orders.delete"),
        ] as [(String, Scope?)])
    func `a name or a scope that cannot be is refused`(_ name: String, _ scope: Scope?) async throws {
        try await Fixture.with { fixture in
            let user = try await fixture.makeUser()
            let refusal = await refusalOf {
                _ = try await fixture.accounts.apiKeys.create(
                    NewAPIKey(name: name, scopes: scope.map { [$0] } ?? []), for: user.id, in: .default)
            }
            #expect(refusal?.code == .validationFailed)
            #expect(refusal?.fields.map(\.field) == [scope == nil ? "name" : "scopes"])
        }
    }

    @Test func `every scope and role that the owner does not hold is named`() async throws {
        try await Fixture.with { fixture in
            try await fixture.accounts.roles.define("clerk", permissions: ["orders.read"])
            let user = try await fixture.makeUser(roles: ["clerk"])
            let new = NewAPIKey(name: "k", scopes: ["orders.read", "b", "a"], roles: ["clerk", "admin"])
            let refusal = await refusalOf { _ = try await fixture.accounts.apiKeys.create(new, for: user.id, in: .default) }
            #expect(refusal?.code == .validationFailed)
            #expect(refusal?.fields.map(\.field) == ["scopes", "scopes", "roles"])
            #expect(refusal?.fields.map(\.code) == ["not_held", "not_held", "not_held"])
            let told = try #require(refusal).fields.map(\.message).joined()
            for name in ["“a”", "“b”", "“admin”"] { #expect(told.contains(name)) }
            #expect(try await fixture.accounts.apiKeys.list(of: user.id, in: .everyTenant).isEmpty)
        }
    }

    @Test func `an expiry that is past and a kind that is none are refused`() async throws {
        try await Fixture.with { fixture in
            let user = try await fixture.makeUser()
            var past = NewAPIKey(name: "k", scopes: [])
            past.expiresAt = fixture.clock.now
            let kind = NewAPIKey(name: "k", scopes: [], kind: "Key_1")
            for (new, field) in [(past, "expires_at"), (kind, "kind")] {
                let refusal = await refusalOf { _ = try await fixture.accounts.apiKeys.create(new, for: user.id, in: .default) }
                #expect(refusal?.code == .validationFailed)
                #expect(refusal?.fields.map(\.field) == [field])
            }
        }
    }

    @Test func `nobody gets a key where nobody could use it`() async throws {
        try await Fixture.with { fixture in
            let user = try await fixture.makeUser()
            let disabled = try await fixture.makeUser("bob")
            try await fixture.accounts.users.disable(id: disabled.id, in: .everyTenant)
            try await fixture.accounts.tenants.create(Tenant(id: "north", name: "North"))
            for (id, tenant) in [("nobody", Tenant.ID.default), (disabled.id, .default), (user.id, "north"), (user.id, "nowhere")] {
                let refusal = await refusalOf {
                    _ = try await fixture.accounts.apiKeys.create(NewAPIKey(name: "k", scopes: []), for: id, in: tenant)
                }
                #expect(refusal?.code == .notFound)
            }
        }
    }

    @Test(arguments: ["", "gh_", "gh_key_0000000000000000_0000000000000000000000000000000000000000000_000000", "x"])
    func `what is no key finds nobody`(_ text: String) async throws {
        try await Fixture.with { fixture in
            _ = try await fixture.makeKey()
            await fixture.look()
            #expect(fixture.accounts.apiKeys.cached(text) == nil)
            let found = try await fixture.accounts.apiKeys.find(text)
            #expect(found == nil)
        }
    }

    @Test func `a sound key of another store finds nobody`() async throws {
        try await Fixture.with { fixture in
            let (_, text) = try APIKeyText.make(kind: "key")
            let found = try await fixture.accounts.apiKeys.find(text.text)
            #expect(found == nil)
        }
    }

    @Test func `a key ends exactly when it expires, cached or not`() async throws {
        try await Fixture.with { fixture in
            let end = fixture.clock.now + .microseconds(500_000)
            let (_, _, text) = try await fixture.makeKey { $0.expiresAt = end }
            await fixture.look()
            _ = try await fixture.accounts.apiKeys.find(text.text)
            fixture.clock.advance(.microseconds(499_999))
            #expect(fixture.accounts.apiKeys.cached(text.text)?.principal.expiresAt == end)
            fixture.clock.advance(.microseconds(1))
            #expect(fixture.accounts.apiKeys.cached(text.text) == nil)
            let found = try await fixture.accounts.apiKeys.find(text.text)
            #expect(found == nil)
        }
    }

    enum End: CaseIterable { case revoke, disable, leave, delete }

    @Test(arguments: End.allCases)
    func `what ends a key is obeyed here at once and elsewhere at the next look`(_ end: End) async throws {
        try await Fixture.with { fixture in
            let accounts = fixture.accounts
            try await accounts.tenants.create(Tenant(id: "north", name: "North"))
            try await accounts.roles.define("guest", permissions: ["a"], in: "north")
            let user = try await fixture.makeUser()
            try await accounts.roles.assign(["guest"], to: user.id, in: "north")
            let (key, text) = try await accounts.apiKeys.create(NewAPIKey(name: "k", scopes: ["a"]), for: user.id, in: "north")
            let other = try await fixture.anotherProcess()
            for process in [fixture, other] {
                await process.look()
                _ = try await process.accounts.apiKeys.find(text.text)
                _ = try await process.accounts.apiKeys.find(id: key.id)
                #expect(process.accounts.apiKeys.cached(text.text) != nil && process.accounts.apiKeys.cached(id: key.id) != nil)
            }
            switch end {
            case .revoke: try await accounts.apiKeys.revoke(key.id, in: .tenant("north"))
            case .disable: try await accounts.users.disable(id: user.id, in: .everyTenant)
            case .leave: try await accounts.roles.remove(["guest"], from: user.id, in: "north")
            case .delete: _ = try await accounts.apiKeys.rotate(key.id, overlap: .zero, in: .tenant("north"))
            }
            await other.look()
            for process in [fixture, other] {
                #expect(process.accounts.apiKeys.cached(text.text) == nil && process.accounts.apiKeys.cached(id: key.id) == nil)
                let found = [try await process.accounts.apiKeys.find(text.text), try await process.accounts.apiKeys.find(id: key.id)]
                #expect(found.allSatisfy { $0 == nil })
            }
        }
    }

    @Test func `a password that must be changed does not touch keys`() async throws {
        try await Fixture.with { fixture in
            let (user, _, text) = try await fixture.makeKey()
            try await fixture.accounts.users.setPassword(Secret("another long enough phrase"), of: user.id, mustChange: true, in: .everyTenant)
            #expect(try await fixture.accounts.apiKeys.find(text.text)?.account.user.mustChangePassword == true)
        }
    }

    @Test func `a key with addresses works from these alone`() async throws {
        try await Fixture.with { fixture in
            let ranges = [try AddressRange("192.0.2.0/24"), try AddressRange("2001:db8::/32")]
            let (_, key, text) = try await fixture.makeKey { $0.addresses = ranges }
            let live = try #require(try await fixture.accounts.apiKeys.find(text.text))
            #expect(live.key.addresses == ranges && key.addresses == ranges)
            for (address, isAllowed) in [
                ("192.0.2.9", true), ("192.0.3.9", false), ("2001:db8::1", true), ("::ffff:192.0.2.1", true), ("::1", false),
            ] {
                #expect(live.allows(IPAddress(address)) == isAllowed, "\(address)")
            }
            #expect(!live.allows(nil))
        }
        try await Fixture.with { fixture in
            let (_, _, text) = try await fixture.makeKey()
            let live = try #require(try await fixture.accounts.apiKeys.find(text.text))
            #expect(live.allows(nil) && live.allows(IPAddress("192.0.2.9")))
        }
    }

    @Test func `a use is written once a minute, by all processes together`() async throws {
        try await Fixture.with { fixture in
            let (user, _, text) = try await fixture.makeKey()
            let other = try await fixture.anotherProcess()
            func use(_ process: Fixture) async throws -> Bool {
                let live = try #require(try await process.accounts.apiKeys.find(text.text))
                guard process.accounts.apiKeys.claimUse(live) else { return false }
                try await process.accounts.apiKeys.noteUse(live)
                return true
            }
            func lastUse() async throws -> Timestamp? {
                try await fixture.accounts.apiKeys.list(of: user.id, in: .tenant(.default)).first?.lastUsedAt
            }
            await fixture.look()
            let first = fixture.clock.now
            #expect(try await lastUse() == nil)
            #expect(try await use(fixture))
            #expect(try await lastUse() == first)
            fixture.clock.advance(.milliseconds(900))
            let again = [try await use(fixture), try await use(other)]
            #expect(again == [false, false])
            #expect(try await lastUse() == first)
            fixture.clock.advance(.seconds(60) - .milliseconds(900))
            #expect(try await use(other))
            #expect(try await lastUse() == first + .seconds(60))
            #expect(try await !use(fixture))
        }
    }

    @Test func `a use that cannot be written is written by the next`() async throws {
        try await Fixture.with { fixture in
            let (_, _, text) = try await fixture.makeKey()
            let live = try #require(try await fixture.accounts.apiKeys.find(text.text))
            try await fixture.breakStore("BEFORE UPDATE ON api_keys")
            #expect(fixture.accounts.apiKeys.claimUse(live) && !fixture.accounts.apiKeys.claimUse(live))
            #expect(await refusalOf { try await fixture.accounts.apiKeys.noteUse(live) }?.code == .storeUnavailable)
            try await fixture.mendStore()
            #expect(fixture.accounts.apiKeys.claimUse(live))
        }
    }

    @Test func `looking a key up writes nothing`() async throws {
        try await Fixture.with { fixture in
            let (user, key, text) = try await fixture.makeKey()
            let reader = try await fixture.anotherProcess(mode: .readOnly)
            #expect(try await reader.accounts.apiKeys.find(text.text)?.key == key)
            #expect(try await reader.accounts.apiKeys.list(of: user.id, in: .everyTenant) == [key])
        }
    }

    @Test func `a key is renamed and revoked by its owner alone`() async throws {
        try await Fixture.with { fixture in
            let keys = fixture.accounts.apiKeys
            let (user, key, text) = try await fixture.makeKey()
            let mallory = try await fixture.makeUser("mallory")
            try await fixture.accounts.tenants.create(Tenant(id: "north", name: "North"))
            for (owner, scope) in [(mallory.id, TenantScope.everyTenant), (user.id, .tenant("north"))] {
                let refusals = [
                    await refusalOf { _ = try await keys.rename(key.id, to: "mine", of: owner, in: scope) },
                    await refusalOf { try await keys.revoke(key.id, of: owner, in: scope) },
                    await refusalOf { _ = try await keys.rotate(key.id, overlap: .zero, of: owner, in: scope) },
                ]
                #expect(refusals.map { $0?.code } == [.notFound, .notFound, .notFound])
            }
            #expect(try await keys.rename(key.id, to: "weekly", of: user.id, in: .tenant(.default)).name == "weekly")
            #expect(try await keys.find(text.text)?.key.name == "weekly")
            #expect(await refusalOf { _ = try await keys.rename(key.id, to: "\n", of: user.id, in: .everyTenant) }?.code == .validationFailed)
            try await keys.revoke(key.id, of: user.id, in: .tenant(.default))
            let revokedAt = try #require(try await keys.list(of: user.id, in: .everyTenant).first?.revokedAt)
            fixture.clock.advance(.seconds(5))
            try await keys.revoke(key.id, of: user.id, in: .tenant(.default))
            #expect(try await keys.list(of: user.id, in: .everyTenant).first?.revokedAt == revokedAt)
            #expect(fixture.audit.events("api_key.revoked").count == 1)
            #expect(await refusalOf { _ = try await keys.rotate(key.id, overlap: .zero, in: .everyTenant) }?.code == .conflict)
        }
    }

    @Test func `a rotated key works on for its overlap, and the new one is as it was`() async throws {
        try await Fixture.with { fixture in
            let keys = fixture.accounts.apiKeys
            let range = try AddressRange("192.0.2.0/24")
            let (_, old, oldText) = try await fixture.makeKey {
                $0.roles = ["clerk"]
                $0.addresses = [range]
                $0.expiresAt = fixture.clock.now + .seconds(100)
                $0.kind = "ci"
            }
            fixture.clock.advance(.seconds(50))
            let (new, text) = try await keys.rotate(old.id, overlap: .seconds(10), in: .tenant(.default))
            #expect(new.replaces == old.id && new.id != old.id)
            #expect(new.name == old.name && new.scopes == old.scopes && new.roles == old.roles && new.addresses == [range] && new.kind == "ci")
            #expect(new.expiresAt == fixture.clock.now + .seconds(100))
            #expect(try await keys.find(oldText.text)?.principal.expiresAt == fixture.clock.now + .seconds(10))
            fixture.clock.advance(.seconds(10))
            let ended = try await keys.find(oldText.text)
            #expect(ended == nil)
            #expect(try await keys.find(text.text)?.principal.roles == ["clerk"])
            #expect(await refusalOf { _ = try await keys.rotate(old.id, overlap: .zero, in: .everyTenant) }?.code == .conflict)
        }
    }

    @Test func `an overlap makes no key live longer`() async throws {
        try await Fixture.with { fixture in
            let end = fixture.clock.now + .seconds(100)
            let (_, key, text) = try await fixture.makeKey { $0.expiresAt = end }
            _ = try await fixture.accounts.apiKeys.rotate(key.id, overlap: .seconds(3600), in: .everyTenant)
            #expect(try await fixture.accounts.apiKeys.find(text.text)?.principal.expiresAt == end)
            for overlap in [Duration.seconds(-1), .seconds(30 * 24 * 3600 + 1)] {
                let refusal = await refusalOf { _ = try await fixture.accounts.apiKeys.rotate(key.id, overlap: overlap, in: .everyTenant) }
                #expect(refusal?.code == .validationFailed)
            }
        }
    }

    @Test func `of a hundred rotations at once one makes a key`() async throws {
        try await Fixture.with { fixture in
            let (user, key, _) = try await fixture.makeKey()
            let other = try await fixture.anotherProcess()
            let outcomes = await withTaskGroup(of: GatehouseError.Code?.self) { group in
                for number in 0..<100 {
                    let keys = (number % 2 == 0 ? fixture : other).accounts.apiKeys
                    group.addTask {
                        await refusalOf { _ = try await keys.rotate(key.id, overlap: .seconds(60), in: .everyTenant) }?.code
                    }
                }
                return await group.reduce(into: [GatehouseError.Code?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1 && outcomes.count { $0 == .conflict } == 99)
            #expect(try await fixture.accounts.apiKeys.list(of: user.id, in: .everyTenant).count == 2)
        }
    }

    @Test func `of many creations at once no more succeed than a user may have, until one is revoked`() async throws {
        try await Fixture.with({ $0.apiKeys.perUser = 10 }) { fixture in
            let user = try await fixture.makeUser()
            let other = try await fixture.anotherProcess { $0.apiKeys.perUser = 10 }
            func create(_ process: Fixture) async -> GatehouseError.Code? {
                await refusalOf { _ = try await process.accounts.apiKeys.create(NewAPIKey(name: "k", scopes: []), for: user.id, in: .default) }?.code
            }
            let outcomes = await withTaskGroup(of: GatehouseError.Code?.self) { group in
                for number in 0..<100 { group.addTask { await create(number % 2 == 0 ? fixture : other) } }
                return await group.reduce(into: [GatehouseError.Code?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 10 && outcomes.count { $0 == .conflict } == 90)
            let first = try #require(try await fixture.accounts.apiKeys.list(of: user.id, in: .everyTenant).first)
            let (next, _) = try await fixture.accounts.apiKeys.rotate(first.id, overlap: .zero, in: .everyTenant)
            #expect(await create(fixture) == .conflict)
            try await fixture.accounts.apiKeys.revoke(next.id, in: .everyTenant)
            #expect(await create(fixture) == nil)
        }
    }

    @Test func `a list holds the working keys and the newest hundred of the others`() async throws {
        try await Fixture.with { fixture in
            let keys = fixture.accounts.apiKeys
            let (user, first, _) = try await fixture.makeKey()
            var ended: [String] = []
            for _ in 0..<105 {
                fixture.clock.advance(.seconds(1))
                let key = try await keys.create(NewAPIKey(name: "k", scopes: []), for: user.id, in: .default).key
                try await keys.revoke(key.id, in: .everyTenant)
                ended.append(key.id)
            }
            fixture.clock.advance(.seconds(1))
            let last = try await keys.create(NewAPIKey(name: "k", scopes: []), for: user.id, in: .default).key
            let listed = try await keys.list(of: user.id, in: .tenant(.default)).map(\.id)
            #expect(listed == [last.id] + ended.suffix(100).reversed() + [first.id])
        }
    }

    @Test func `keys that ended long ago are forgotten`() async throws {
        try await Fixture.with { fixture in
            let (user, key, _) = try await fixture.makeKey()
            let (_, _) = try await fixture.accounts.apiKeys.rotate(key.id, overlap: .zero, in: .everyTenant)
            fixture.clock.advance(.seconds(90 * 24 * 3600) + .seconds(1))
            try await fixture.accounts.pruning().prune()
            #expect(try await fixture.accounts.apiKeys.list(of: user.id, in: .everyTenant).map(\.replaces) == [key.id])
        }
    }
}

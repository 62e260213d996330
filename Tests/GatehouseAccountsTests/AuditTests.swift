import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import Testing

/// What an auditor hears.
@Suite struct AuditTests {
    @Test func `whatever happens to somebody names the tenant`() async throws {
        try await Fixture.with { fixture in
            let accounts = fixture.accounts
            try await accounts.tenants.create(Tenant(id: "north", name: "North"))
            try await accounts.roles.define("clerk", permissions: ["a"], in: "north")
            let ada = try await fixture.makeUser(tenant: "north")
            try await accounts.roles.assign(["clerk"], to: ada.id, in: "north")
            let (key, _) = try await accounts.apiKeys.create(NewAPIKey(name: "k", scopes: ["a"]), for: ada.id, in: "north")
            _ = try await accounts.apiKeys.rename(key.id, to: "other", in: .tenant("north"))
            let (next, _) = try await accounts.apiKeys.rotate(key.id, overlap: .zero, in: .tenant("north"))
            try await accounts.apiKeys.revoke(next.id, in: .tenant("north"))
            try await accounts.links.link(user: ada.id, provider: "p", subject: "s", in: .everyTenant)
            try await accounts.links.unlink(provider: "p", subject: "s", in: .everyTenant)
            let first = try await fixture.start()
            let second = try await accounts.sessions.start(for: try await fixture.signIn(), kind: .cookie, replacing: first.session.id)
            try await accounts.sessions.end(id: second.session.id)
            _ = try await fixture.start()
            try await accounts.sessions.endAll(of: ada.id)
            _ = await fixture.refusal("ada", "wrong")
            try await accounts.users.disable(id: ada.id, in: .everyTenant)
            _ = await fixture.refusal("ada", "wrong")
            try await accounts.users.enable(id: ada.id, in: .everyTenant)
            let events = fixture.audit.events.filter { !$0.action.hasPrefix("signing_key") }
            #expect(events.count >= 18)
            for event in events { #expect(event.tenant == "north", "\(event.action)") }
            // Nobody's name is of no tenant.
            _ = await fixture.refusal("nobody", "wrong")
            #expect(fixture.audit.events.last?.action == "sign_in" && fixture.audit.events.last?.tenant == nil)
        }
    }
}

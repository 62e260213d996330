import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import GatehouseTokens
import Testing

/// Who is what in which tenant.
@Suite struct TenantTests {
    @Test func `an administrator of one tenant is nobody in another`() async throws {
        try await Fixture.with { fixture in
            let accounts = fixture.accounts
            try await accounts.tenants.create(Tenant(id: "north", name: "North"))
            let ada = try await fixture.makeUser(roles: [.admin])
            let bob = try await fixture.makeUser("bob", roles: [.admin], tenant: "north")
            #expect(try await accounts.people.find(user: ada.id)?.rights.permissions == [.everything])
            #expect(try await accounts.people.find(user: bob.id)?.tenant == "north")
            #expect(try await accounts.people.find(user: bob.id, in: "north")?.rights.permissions == [.everything])
            let crossings = [try await accounts.people.find(user: ada.id, in: "north"), try await accounts.people.find(user: bob.id, in: .default)]
            #expect(crossings.allSatisfy { $0 == nil })
        }
    }

    @Test(arguments: ["ACME", "Acme", "Default"] as [Tenant.ID])
    func `a tenant whose id another has in other letters is refused, and says so`(_ id: Tenant.ID) async throws {
        try await Fixture.with { fixture in
            try await fixture.accounts.tenants.create(Tenant(id: "acme", name: "Acme"))
            let refusal = await refusalOf { try await fixture.accounts.tenants.create(Tenant(id: id, name: "Twin")) }
            #expect(refusal?.code == .validationFailed && refusal?.fields.map(\.field) == ["id"])
            #expect(refusal?.message.contains("“\(id.rawValue.lowercased())” in letter case alone") == true)
            let again = await refusalOf { try await fixture.accounts.tenants.create(Tenant(id: "acme", name: "Acme")) }
            #expect(again?.code == .conflict)
            try await fixture.accounts.tenants.create(Tenant(id: "acme2", name: "Another"))
            #expect(try await fixture.accounts.tenants.list().map(\.id) == ["acme", "acme2", "default"])
        }
    }

    @Test func `a role makes a member, and its loss ends that, here at once and elsewhere at the next look`() async throws {
        try await Fixture.with { fixture in
            let accounts = fixture.accounts
            try await accounts.tenants.create(Tenant(id: "north", name: "North"))
            try await accounts.roles.define("guest", permissions: ["a"], in: "north")
            let ada = try await fixture.makeUser()
            let other = try await fixture.anotherProcess()
            try await accounts.roles.assign(["guest"], to: ada.id, in: "north")
            for process in [fixture, other] {
                await process.look()
                let member = try #require(try await process.accounts.people.find(user: ada.id, in: "north"))
                #expect(member.rights == Rights(roles: ["guest"], permissions: ["a"]))
                #expect(member.principal(.basic).tenant == "north")
                #expect(process.accounts.people.cached(user: ada.id, in: "north") != nil)
            }
            try await accounts.roles.remove(["guest"], from: ada.id, in: "north")
            await other.look()
            for process in [fixture, other] {
                #expect(process.accounts.people.cached(user: ada.id, in: "north") == nil)
                let found = try await process.accounts.people.find(user: ada.id, in: "north")
                #expect(found == nil)
            }
            // One's own tenant takes no role.
            #expect(try await accounts.people.find(user: ada.id)?.rights == Rights())
        }
    }

    @Test func `who is disabled or unknown is nobody anywhere`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            await fixture.look()
            #expect(try await fixture.accounts.people.find(user: ada.id) != nil)
            try await fixture.accounts.users.disable(id: ada.id, in: .everyTenant)
            for id in [ada.id, "nobody", ""] {
                #expect(fixture.accounts.people.cached(user: id) == nil)
                let found = try await fixture.accounts.people.find(user: id)
                #expect(found == nil)
            }
        }
    }

    @Test func `whoever gets or loses a role gets another cookie secret, wherever the session is`() async throws {
        try await Fixture.with { fixture in
            let roles = fixture.accounts.roles
            try await fixture.accounts.tenants.create(Tenant(id: "north", name: "North"))
            try await roles.define("guest", permissions: [], in: "north")
            let ada = try await fixture.makeUser()
            let started = try await fixture.start()
            var secret = try #require(started.cookieSecret).text
            for change in 0..<3 {
                switch change {
                case 0: try await roles.assign(["guest"], to: ada.id, in: "north")
                case 1: try await roles.set(["admin"], of: ada.id, in: .default)
                default: try await roles.remove(["guest"], from: ada.id, in: "north")
                }
                let session = try #require(try await fixture.accounts.sessions.find(cookieSecret: secret))
                #expect(session.needsRotation)
                secret = try #require(try await fixture.accounts.sessions.rotate(session, cookieSecret: secret)).text
                #expect(try await fixture.accounts.sessions.find(cookieSecret: secret)?.needsRotation == false)
            }
        }
    }

    @Test func `a tenant is made once, found, and needed by what belongs to it`() async throws {
        try await Fixture.with { fixture in
            let tenants = fixture.accounts.tenants
            try await tenants.create(Tenant(id: "north", name: "North"))
            #expect(await refusalOf { try await tenants.create(Tenant(id: "north", name: "Again")) }?.code == .conflict)
            #expect(await refusalOf { try await tenants.create(Tenant(id: "south", name: "\u{0}")) }?.code == .validationFailed)
            #expect(try await tenants.list().map(\.id) == ["default", "north"])
            await fixture.look()
            #expect(try await tenants.find("north")?.name == "North")
            #expect(tenants.cached("north")?.name == "North")
            #expect(try await tenants.find("south") == nil)
            let refusals = [
                await refusalOf { try await fixture.accounts.roles.define("a", permissions: [], in: "south") },
                await refusalOf { try await fixture.makeUser(tenant: "south") },
                await refusalOf { try await fixture.makeUser(roles: ["nothing"]) },
            ]
            #expect(refusals.map { $0?.code } == [.validationFailed, .validationFailed, .validationFailed])
            #expect(refusals.map { $0?.fields.first?.field } == ["tenant", "tenant", "roles"])
        }
    }

    @Test func `roles that others name are no system roles unless these are named`() async throws {
        try await Fixture.with { fixture in
            let roles = fixture.accounts.roles
            try await roles.define("clerk", permissions: ["orders.read"])
            try await fixture.accounts.tenants.create(Tenant(id: "north", name: "North"))
            await fixture.look()
            let named: Set<Role> = ["clerk", "admin", "unknown"]
            #expect(try await roles.permissions(of: named, in: .default) == Rights(roles: ["clerk", "unknown"], permissions: ["orders.read"]))
            #expect(
                try await roles.permissions(of: named, in: .default, allowingSystem: [.admin])
                    == Rights(roles: ["clerk", "unknown", "admin"], permissions: ["orders.read", .everything]))
            #expect(try await roles.permissions(of: named, in: "north") == Rights(roles: ["clerk", "unknown"]))
            #expect(try await roles.permissions(of: named, in: "nowhere") == Rights(roles: ["clerk", "unknown"]))
            #expect(roles.cachedPermissions(of: named, in: .default)?.permissions == ["orders.read"])
            try await roles.define("clerk", permissions: [])
            #expect(roles.cachedPermissions(of: named, in: .default) == nil)
            #expect(try await roles.permissions(of: named, in: .default).permissions.isEmpty)
        }
    }

    @Test func `fifty tenants at random see nothing of each other in any query`() async throws {
        try await Fixture.with { fixture in
            var random = SeededGenerator(seed: 50)
            let world = try await World(fixture, &random)
            for _ in 0..<300 {
                let (mine, theirs) = (
                    try #require(world.tenants.randomElement(using: &random)), try #require(world.tenants.randomElement(using: &random))
                )
                try await world.expectNoCrossing(from: mine, to: theirs, in: fixture)
            }
            try await world.expectUntouched(in: fixture)
        }
    }
}

/// Fifty tenants, each with people, keys, sessions and links.
private struct World {
    struct Member {
        let user: User
        let key: APIKey
        let text: String
        let session: StartedSession
        let tenant: Tenant.ID
    }

    let tenants: [Tenant.ID]
    private var members: [Tenant.ID: [Member]] = [:]

    init(_ fixture: Fixture, _ random: inout SeededGenerator) async throws {
        let accounts = fixture.accounts
        tenants = try (0..<50).map { try Tenant.ID(validating: "t\($0)") }
        for tenant in tenants {
            try await accounts.tenants.create(Tenant(id: tenant, name: tenant.rawValue))
            try await accounts.roles.define("clerk", permissions: ["orders.read"], in: tenant)
            for number in 0..<Int.random(in: 1...2, using: &random) {
                let roles: Set<Role> = Bool.random(using: &random) ? ["clerk", .admin] : ["clerk"]
                let user = try await accounts.users.create(
                    NewUser(username: "\(tenant).\(number)", password: nil, roles: roles, tenant: tenant))
                let (key, text) = try await accounts.apiKeys.create(
                    NewAPIKey(name: "k", scopes: ["orders.read"], roles: ["clerk"]), for: user.id, in: tenant)
                try await accounts.links.link(user: user.id, provider: "proxy", subject: user.username, in: .everyTenant)
                let session = try await accounts.sessions.start(for: user, kind: .token)
                members[tenant, default: []].append(
                    Member(user: user, key: key, text: text.text, session: session, tenant: tenant))
            }
        }
    }

    /// Everything that a caller in `mine` can ask about what is in `theirs`.
    func expectNoCrossing(from mine: Tenant.ID, to theirs: Tenant.ID, in fixture: Fixture) async throws {
        let scope = TenantScope.tenant(mine)
        let isMine = mine == theirs
        let accounts = fixture.accounts
        for member in members[theirs] ?? [] {
            let id = member.user.id
            #expect((try await accounts.users.find(id: id, in: scope) != nil) == isMine)
            #expect((try await accounts.users.find(name: member.user.username, in: scope) != nil) == isMine)
            #expect((try await accounts.people.find(user: id, in: mine) != nil) == isMine)
            #expect(try await accounts.users.roles(of: id, in: scope).isEmpty != isMine)
            #expect(try await accounts.apiKeys.list(of: id, in: scope).isEmpty != isMine)
            #expect(try await accounts.links.list(of: id, in: scope).isEmpty != isMine)
            #expect(try await accounts.apiKeys.find(member.text)?.principal.tenant == theirs)
            try await expectRecords(of: member, isMine, scope, fixture)
            if !isMine { await expectNoChange(of: member, scope, accounts) }
        }
        for key in try await accounts.apiKeys.listAll(in: scope) { #expect(key.tenant == mine) }
        for user in try await accounts.users.list(in: scope) { #expect(user.tenant == mine) }
        for role in try await accounts.roles.list(in: scope) { #expect(role.tenant == mine) }
    }

    private func expectRecords(of member: Member, _ isMine: Bool, _ scope: TenantScope, _ fixture: Fixture) async throws {
        let now = fixture.clock.now
        let (user, key, session) = (member.user.id, member.key.id, member.session.session.id)
        let refresh = try #require(member.session.refreshToken).text
        let found = try await fixture.driver.read { transaction throws(GatehouseError) -> [Bool] in
            let hash = SHA256Digest(hashing: refresh).bytes
            return [
                try SessionRecord.find(id: session, at: now, scope: scope, in: transaction) != nil,
                try SessionRecord.find(refreshHash: hash, at: now, scope: scope, in: transaction) != nil,
                try !SessionRecord.list(of: user, at: now, scope: scope, in: transaction).isEmpty,
                try RefreshTokenRecord.usage(of: hash, scope: scope, in: transaction) != nil,
                try APIKeyRecord.find(id: key, at: now, scope: scope, in: transaction) != nil,
                try APIKeyRecord.find(id: key, of: nil, scope: scope, in: transaction) != nil,
                try APIKeyRecord.find(id: key, of: user, scope: scope, in: transaction) != nil,
                try APIKeyRecord.liveCount(of: user, at: now, scope: scope, in: transaction) > 0,
                try LinkedAccountRecord.user(of: "proxy", member.user.username, scope: scope, in: transaction) != nil,
                try TenantRecord.find(member.tenant, scope: scope, in: transaction) != nil,
                try RoleRecord.list(of: user, scope: scope, in: transaction).contains { $0.tenant == member.tenant },
            ]
        }
        #expect(found == Array(repeating: isMine, count: found.count))
    }

    /// What a caller of another tenant cannot do to the member.
    private func expectNoChange(of member: Member, _ scope: TenantScope, _ accounts: Accounts) async {
        let (user, key) = (member.user.id, member.key.id)
        let refusals = [
            await refusalOf { _ = try await accounts.apiKeys.rename(key, to: "mine", in: scope) },
            await refusalOf { try await accounts.apiKeys.revoke(key, in: scope) },
            await refusalOf { _ = try await accounts.apiKeys.rotate(key, overlap: .zero, in: scope) },
            await refusalOf { try await accounts.users.disable(id: user, in: scope) },
            await refusalOf { try await accounts.users.setPassword(Fixture.password, of: user, in: scope) },
            await refusalOf { try await accounts.links.link(user: user, provider: "p", subject: "s", in: scope) },
            await refusalOf { try await accounts.links.unlink(provider: "proxy", subject: member.user.username, in: scope) },
        ]
        #expect(refusals.map { $0?.code } == Array(repeating: .notFound, count: refusals.count))
    }

    /// Whether all is as it was made, whatever was tried.
    func expectUntouched(in fixture: Fixture) async throws {
        for member in members.values.joined() {
            let live = try #require(try await fixture.accounts.apiKeys.find(member.text))
            #expect(live.key == member.key && live.principal.permissions == ["orders.read"] && live.principal.roles == ["clerk"])
            #expect(try await fixture.accounts.sessions.find(id: member.session.session.id) != nil)
            #expect(try await fixture.accounts.links.find(provider: "proxy", subject: member.user.username)?.id == member.user.id)
        }
    }
}

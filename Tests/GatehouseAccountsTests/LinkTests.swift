import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import Testing

/// People whom others vouch for.
@Suite struct LinkTests {
    @Test func `a link finds its user, here and elsewhere, until it is removed`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            let links = fixture.accounts.links
            try await links.link(user: ada.id, provider: "proxy", subject: "ada@corp", in: .everyTenant)
            try await links.link(user: ada.id, provider: "proxy", subject: "ada@corp", in: .everyTenant)
            #expect(fixture.audit.events("account.linked").count == 1)
            let other = try await fixture.anotherProcess()
            for process in [fixture, other] {
                await process.look()
                #expect(try await process.accounts.links.find(provider: "proxy", subject: "ada@corp")?.id == ada.id)
                #expect(process.accounts.links.cached(provider: "proxy", subject: "ada@corp")?.id == ada.id)
            }
            for (provider, subject) in [("proxy", "ADA@corp"), ("proxy", "ada@corp "), ("other", "ada@corp"), ("proxy", "")] {
                let found = try await links.find(provider: provider, subject: subject)
                #expect(found == nil, "\(provider) \(subject)")
            }
            try await links.unlink(provider: "proxy", subject: "ada@corp", in: .everyTenant)
            await other.look()
            for process in [fixture, other] {
                #expect(process.accounts.links.cached(provider: "proxy", subject: "ada@corp") == nil)
                let found = try await process.accounts.links.find(provider: "proxy", subject: "ada@corp")
                #expect(found == nil)
            }
            #expect(await refusalOf { try await links.unlink(provider: "proxy", subject: "ada@corp", in: .everyTenant) }?.code == .notFound)
        }
    }

    @Test func `spellings that look alike are not the same subject`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            try await fixture.accounts.links.link(user: ada.id, provider: "proxy", subject: "jos\u{E9}", in: .everyTenant)
            await fixture.look()
            _ = try await fixture.accounts.links.find(provider: "proxy", subject: "jos\u{E9}")
            #expect(fixture.accounts.links.cached(provider: "proxy", subject: "jose\u{301}") == nil)
            let found = try await fixture.accounts.links.find(provider: "proxy", subject: "jose\u{301}")
            #expect(found == nil)
        }
    }

    @Test func `a subject belongs to one user`() async throws {
        try await Fixture.with { fixture in
            let (ada, bob) = (try await fixture.makeUser(), try await fixture.makeUser("bob"))
            let links = fixture.accounts.links
            try await links.link(user: ada.id, provider: "proxy", subject: "a", in: .everyTenant)
            try await links.link(user: ada.id, provider: "proxy", subject: "b", in: .everyTenant)
            #expect(await refusalOf { try await links.link(user: bob.id, provider: "proxy", subject: "a", in: .everyTenant) }?.code == .conflict)
            #expect(await refusalOf { try await links.link(user: "nobody", provider: "proxy", subject: "c", in: .everyTenant) }?.code == .notFound)
            for (provider, subject) in [("", "a"), ("p", ""), ("p", "a\nb"), ("p", String(repeating: "x", count: 256))] {
                #expect(
                    await refusalOf { try await links.link(user: ada.id, provider: provider, subject: subject, in: .everyTenant) }?.code
                        == .validationFailed)
            }
            #expect(try await links.list(of: ada.id, in: .everyTenant).map(\.subject) == ["a", "b"])
            #expect(try await links.list(of: bob.id, in: .everyTenant).isEmpty)
        }
    }

    @Test func `a user who is linked and disabled is found and may do nothing`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser()
            try await fixture.accounts.links.link(user: ada.id, provider: "proxy", subject: "a", in: .everyTenant)
            try await fixture.accounts.users.disable(id: ada.id, in: .everyTenant)
            let found = try #require(try await fixture.accounts.links.find(provider: "proxy", subject: "a"))
            #expect(found.isDisabled)
            let account = try await fixture.accounts.people.find(user: found.id)
            #expect(account == nil)
        }
    }

    @Test func `of a hundred first requests one makes the user, and all get it`() async throws {
        try await Fixture.with { fixture in
            let other = try await fixture.anotherProcess()
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    let links = (number % 2 == 0 ? fixture : other).accounts.links
                    group.addTask {
                        try await links.create(NewUser(username: "ada", password: nil), provider: "proxy", subject: "a").id
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await fixture.accounts.users.list(in: .everyTenant).map(\.id) == Array(ids))
            #expect(fixture.audit.events("user.created").count == 1)
            // A store that got its first user this way gets no administrator of its own.
            guard case .none = try await fixture.accounts.firstAdministrator.ensure() else { return #expect(Bool(false)) }
        }
    }

    @Test func `who merely has the name is not taken for the person, and what is remembered stays`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser(email: "ada@corp.example")
            let id = try await fixture.start().session.id
            await fixture.look()
            _ = try await fixture.accounts.sessions.find(id: id)
            for new in [NewUser(username: "ADA", password: nil), NewUser(username: "x", email: "ada@corp.example", password: nil)] {
                let refusal = await refusalOf { _ = try await fixture.accounts.links.create(new, provider: "proxy", subject: "a") }
                #expect(refusal?.code == .conflict)
            }
            #expect(fixture.accounts.sessions.cached(id: id) != nil)
            let found = try await fixture.accounts.links.find(provider: "proxy", subject: "a")
            #expect(found == nil)
        }
    }
}

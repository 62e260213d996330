import Foundation
import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import Testing

@Suite struct UsersTests {
    @Test(arguments: ["john", "JOHN", "ｊｏｈｎ", "john ", " John", "JoHn\u{A0}"])
    func `all spellings of a name are one account`(_ spelling: String) async throws {
        try await Fixture.with { fixture in
            let john = try await fixture.makeUser("john")
            #expect(try await fixture.accounts.users.find(name: spelling, in: .everyTenant) == john)
            #expect(try await fixture.signIn(spelling) == john)
            if spelling == spelling.trimmingSpaces {
                let refusal = await refusalOf { try await fixture.makeUser(spelling) }
                #expect(refusal?.code == .conflict)
                #expect(refusal?.fields.map(\.field) == ["username"])
            }
        }
    }

    @Test(arguments: ["Straße", "ΣΊΣΥΦΟΣ", "İstanbul", "ﬁsh & ﬂesh", "ⅧⅨ", "Ñandú", "ǅon", "ŉa", "Ａｄａ１２", "①②", "한국어", "Ω-Ohm"])
    func `spellings fall together in every script`(_ name: String) async throws {
        try await Fixture.with { fixture in
            let user = try await fixture.makeUser(name)
            for spelling in [
                name.uppercased(), name.lowercased(), name.decomposedStringWithCanonicalMapping,
                name.precomposedStringWithCompatibilityMapping, name.decomposedStringWithCompatibilityMapping.uppercased(),
            ] {
                let found = try await fixture.accounts.users.find(name: spelling, in: .everyTenant)
                #expect(found == user, "\(spelling)")
            }
        }
    }

    @Test func `somebody signs in with the e-mail address too, and nobody else can take it for a name`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser("ada", email: "Ada@Example.com")
            #expect(try await fixture.signIn("ada@example.COM") == ada)
            #expect(await refusalOf { try await fixture.makeUser("ada@example.com") }?.code == .conflict)
            #expect(await refusalOf { try await fixture.makeUser("bob", email: "ada@EXAMPLE.com") }?.fields.map(\.field) == ["email"])
            try await fixture.makeUser("bob@example.com", email: "bob@example.com")
        }
    }

    @Test(arguments: [
        "", " ", "a:b", "a：b", " ada", "ada ", "a\u{0}b", "a\nb", "a\u{200B}b", "a\u{202E}b", String(repeating: "x", count: 129),
    ])
    func `a name that could be taken for another is refused`(_ name: String) async throws {
        try await Fixture.with { fixture in
            let refusal = await refusalOf { try await fixture.makeUser(name) }
            #expect(refusal?.code == .validationFailed)
            #expect(refusal?.fields.map(\.field) == ["username"])
        }
    }

    @Test(arguments: ["", "ada", "a@b@c", "@b", "a@", "a b@c", "\"a\"@b", "a@b\u{0}", "a@b,c@d"])
    func `what is no e-mail address is refused`(_ email: String) async throws {
        try await Fixture.with { fixture in
            #expect(await refusalOf { try await fixture.makeUser("ada", email: email) }?.fields.map(\.field) == ["email"])
        }
    }

    @Test(arguments: [
        ("short-pass1", "too_short"), (String(repeating: "x1", count: 65), "too_long"), ("password1234", "common"),
        ("PASSWORD1234", "common"), ("password1234\n", "common"), ("aaaaaaaaaaaaaaa", "common"), ("abcdefghijklmno", "common"),
        ("ada-lovelace1815", "contains_name"),
        ("Ada-Lovelaceada-lovelace!", "contains_name"),
    ])
    func `a password that is easily guessed is refused`(_ password: String, _ code: String) async throws {
        try await Fixture.with { fixture in
            let new = NewUser(username: "ada-lovelace", password: Secret(password))
            let refusal = await refusalOf { _ = try await fixture.accounts.users.create(new) }
            #expect(refusal?.code == .passwordRejected)
            #expect(refusal?.fields.map(\.code) == [code])
        }
    }

    @Test(arguments: [
        "twelve chars", "a very unusual phrase of words", String(repeating: "xyz1-", count: 25), "пароль-который-длинный",
        "ada-lovelace and much more",
    ])
    func `length is all that is asked of a password`(_ password: String) async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.accounts.users.create(NewUser(username: "ada-lovelace", password: Secret(password)))
            #expect(try await fixture.signIn("ada-lovelace", password) == ada)
        }
    }

    @Test func `a role that is not defined cannot be given`() async throws {
        try await Fixture.with { fixture in
            let refusal = await refusalOf { try await fixture.makeUser("ada", roles: ["no-such-role"]) }
            #expect(refusal?.code == .validationFailed)
            let found = try await fixture.accounts.users.find(name: "ada", in: .everyTenant)
            #expect(found == nil)
        }
    }

    @Test func `what is looked up is never shortened at a NUL`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser("ada", email: "ada@example.com")
            let session = try await fixture.start().session.id
            for name in ["ada\u{0}", "ada@example.com\u{0}x"] {
                let found = try await fixture.accounts.users.find(name: name, in: .everyTenant)
                #expect(found == nil)
            }
            let users = await refusalOf { _ = try await fixture.accounts.users.find(id: ada.id + "\u{0}", in: .everyTenant) }
            let sessions = await refusalOf { _ = try await fixture.accounts.sessions.find(id: session + "\u{0}") }
            #expect(users?.code == .validationFailed && sessions?.code == .validationFailed)
        }
    }

    @Test func `users come in pages`() async throws {
        try await Fixture.with { fixture in
            for name in ["c", "a", "b"] { try await fixture.makeUser(name) }
            let users = fixture.accounts.users
            #expect(try await users.list(in: .everyTenant, limit: 2).map(\.username) == ["a", "b"])
            #expect(try await users.list(in: .everyTenant, after: "b", limit: 2).map(\.username) == ["c"])
            #expect(try await users.list(in: .tenant("other")).isEmpty)
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}

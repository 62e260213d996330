import GatehouseAccounts
import GatehouseCore
import GatehouseStore
import Testing

/// A name and a password with every request.
@Suite struct BasicTests {
    private func refusal(_ fixture: Fixture, _ name: String, _ password: String) async -> GatehouseError? {
        await refusalOf {
            _ = try await fixture.accounts.signIns.verify(name: name, password: Secret(password), address: Fixture.address)
        }
    }

    @Test func `the right password is the user's, in any spelling of the name`() async throws {
        try await Fixture.with { fixture in
            let ada = try await fixture.makeUser(email: "ada@example.com")
            for name in ["ada", "ADA", "ada@example.com"] {
                let user = try await fixture.accounts.signIns.verify(name: name, password: Fixture.password, address: Fixture.address)
                #expect(user.id == ada.id)
            }
        }
    }

    @Test func `an unknown name, a wrong password and a disabled account are refused alike`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            let bob = try await fixture.makeUser("bob")
            try await fixture.accounts.users.disable(id: bob.id, in: .everyTenant)
            for (name, password) in [("ada", "wrong"), ("ada", ""), ("nobody", "wrong"), ("bob", Fixture.password.text)] {
                #expect(await refusal(fixture, name, password)?.code == .invalidCredentials)
            }
            #expect(fixture.audit.events("basic").count == 4)
        }
    }

    @Test func `a password that must be changed opens nothing`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser(mustChange: true)
            #expect(await refusal(fixture, "ada", Fixture.password.text)?.code == .passwordChangeRequired)
        }
    }

    @Test func `failures count together with those of the form`() async throws {
        try await Fixture.with { fixture in
            try await fixture.makeUser()
            for number in 0..<5 {
                if number % 2 == 0 {
                    #expect(await refusal(fixture, "Ada", "wrong")?.code == .invalidCredentials)
                } else {
                    #expect(await fixture.refusal("ada", "wrong")?.code == .invalidCredentials)
                }
            }
            #expect(await refusal(fixture, "ada", Fixture.password.text)?.code == .tooManyAttempts)
            #expect(await fixture.refusal("ada", Fixture.password.text)?.code == .tooManyAttempts)
            fixture.clock.advance(.seconds(1))
            #expect(await refusal(fixture, "ada", Fixture.password.text) == nil)
        }
    }
}

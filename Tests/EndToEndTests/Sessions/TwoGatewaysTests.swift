import Testing

@Suite struct TwoGatewaysTests {
    @Test func `what one gateway ends, another on the same store obeys within a second`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { first in
                try await Gateway.run(in: folder, secrets: first.secrets) { second in
                    let session = try await first.signIn()
                    #expect(try await second.me(session.cookieFields) == 200)
                    #expect(try await second.me(session.bearer) == 200)
                    #expect(try await first.signOut(session) == 204)
                    #expect(try await soon(within: .seconds(1)) { try await second.me(session.cookieFields) == 401 })
                    #expect(try await soon(within: .milliseconds(100)) { try await second.me(session.bearer) == 401 })
                }
            }
        }
    }

    @Test func `a password set on the command line is obeyed by every running gateway within a second`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { first in
                try await Gateway.run(in: folder, secrets: first.secrets) { second in
                    let sessions = [try await first.signIn(), try await second.signIn()]
                    for gateway in [first, second] {
                        for session in sessions { #expect(try await gateway.me(session.cookieFields) == 200) }
                    }
                    let password = first.secrets.note("set-on-the-command-line-4715")
                    let run = try await CommandRun.gatehouse(
                        ["users", "set-password", "--password-stdin", "admin"], in: folder, input: "\(password)\n")
                    #expect(run.status == 0, "\(run.output)")
                    #expect(first.secrets.found(in: run.output).isEmpty)
                    for gateway in [first, second] {
                        #expect(try await soon(within: .seconds(1)) { try await gateway.me(sessions[0].cookieFields) == 401 })
                        for session in sessions {
                            #expect(try await gateway.me(session.cookieFields) == 401)
                            #expect(try await gateway.me(session.bearer) == 401)
                        }
                        #expect(try await gateway.tryToSignIn().status == 401)
                        #expect(try await gateway.tryToSignIn("admin", password).status == 200)
                    }
                }
            }
        }
    }
}

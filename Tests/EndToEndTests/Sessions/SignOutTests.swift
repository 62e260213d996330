import Testing

@Suite struct SignOutTests {
    @Test func `signing out with the cookie ends the cookie, the bearer and the refresh token at once`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let session = try await gateway.signIn()
                #expect(try await gateway.me(session.cookieFields) == 200)
                #expect(try await gateway.me(session.bearer) == 200)
                #expect(try await gateway.signOut(session) == 204)
                try await expectEnded(session, gateway)
            }
        }
    }

    @Test func `signing out with the bearer ends the cookie as well, and nobody else's session`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let (session, other) = (try await gateway.signIn(), try await gateway.signIn())
                #expect(try await gateway.send("POST", "/api/auth/logout", session.bearer).status == 204)
                try await expectEnded(session, gateway)
                #expect(try await gateway.me(other.cookieFields) == 200)
                #expect(try await gateway.me(other.bearer) == 200)
            }
        }
    }

    @Test func `a page of another site cannot sign anybody out`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let session = try await gateway.signIn()
                let foreign = ["Cookie": session.cookie, "Origin": "http://evil.example", "X-CSRF-Token": session.csrfToken]
                #expect(try await gateway.send("POST", "/api/auth/logout", foreign).status == 403)
                let tokenless = ["Cookie": session.cookie, "Origin": gateway.url]
                #expect(try await gateway.send("POST", "/api/auth/logout", tokenless).status == 403)
                #expect(try await gateway.me(session.cookieFields) == 200)
            }
        }
    }

    private func expectEnded(_ session: SignedIn, _ gateway: Gateway) async throws {
        #expect(try await gateway.me(session.cookieFields) == 401)
        #expect(try await gateway.me(session.bearer) == 401)
        let refresh = try await gateway.send(
            "POST", "/api/auth/refresh", ["Content-Type": "application/json"], body: #"{"refresh_token":"\#(session.refreshToken)"}"#)
        #expect((400...401).contains(refresh.status))
        #expect(refresh.json("access_token") == nil)
    }
}

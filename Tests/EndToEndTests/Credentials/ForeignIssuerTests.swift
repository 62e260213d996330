import Foundation
import Testing

@Suite struct ForeignIssuerTests {
    private static func settings(_ issuer: Issuer, in folder: Folder) throws {
        try folder.write(
            """
            issuers:
              - issuer: \(issuer.url)
                id: corp
                audience: [orders]
                jwks_url: \(issuer.url)/keys
                algorithms: [RS256]
                roles_claim: realm_access.roles
                role_prefix: "orders:"
                roles_map: { boss: [admin] }
            ui_guard: { methods: { GET: [viewer], POST: { any: [editor, admin] } } }
            """, to: "gatehouse.yaml")
    }

    @Test func `a token of another issuer is somebody here, with the roles and scopes that the settings give it`() async throws {
        try await Folder.run { folder in
            try await Issuer.run(in: folder) { issuer in
                try Self.settings(issuer, in: folder)
                try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                    let token = gateway.secrets.note(
                        try await issuer.token([
                            "realm_access": ["roles": ["orders:viewer", "other:editor", "orders:boss"]], "scope": "orders.read x",
                            "name": "Alice", "email": "alice@example.com", "email_verified": true,
                        ]))
                    let me = try await gateway.get("/api/v1/auth/me", ["Authorization": "Bearer \(token)"])
                    #expect(me.status == 200, "\(me.text)")
                    #expect(me.json("id") == "alice")
                    #expect(me.json("auth_provider") == "corp")
                    #expect(me.json("username") == "corp:alice" && me.json("email") == "alice@example.com")
                    #expect((me.object["roles"] as? [String])?.sorted() == ["admin", "viewer"])
                    #expect((me.object["scopes"] as? [String])?.sorted() == ["orders.read", "x"])

                    for (name, claims) in [
                        ("audience", ["aud": "another"]), ("expiry", ["exp": 1]), ("subject", ["sub": nil]), ("issuer", ["iss": "http://elsewhere"]),
                    ] as [(String, [String: Any?])] {
                        let bad = gateway.secrets.note(try await issuer.token(claims))
                        let answer = try await gateway.get("/api/v1/auth/me", ["Authorization": "Bearer \(bad)"])
                        #expect(answer.status == 401, "\(name)")
                        #expect(answer["WWW-Authenticate"]?.contains("invalid_token") == true, "\(name)")
                    }
                    let local = try await gateway.signIn()
                    #expect(try await gateway.me(local.bearer) == 200)
                }
            }
        }
    }

    @Test func `a rotated key set is fetched anew, and good tokens outlive the issuer`() async throws {
        try await Folder.run { folder in
            try await Issuer.run(in: folder) { issuer in
                try Self.settings(issuer, in: folder)
                try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                    let old = gateway.secrets.note(try await issuer.token())
                    #expect(try await gateway.me(["Authorization": "Bearer \(old)"]) == 200)
                    try await issuer.rotate()
                    let new = gateway.secrets.note(try await issuer.token())
                    #expect(try await soon(within: .seconds(40)) { try await gateway.me(["Authorization": "Bearer \(new)"]) == 200 })
                    try await issuer.setDown(true)
                    let later = gateway.secrets.note(try await issuer.token(["sub": "bob"]))
                    #expect(try await gateway.me(["Authorization": "Bearer \(later)"]) == 200)
                }
            }
        }
    }

    @Test func `without any key of the issuer there is 503 and a time to come back`() async throws {
        try await Folder.run { folder in
            try await Issuer.run(in: folder) { issuer in
                try Self.settings(issuer, in: folder)
                try await issuer.setDown(true)
                try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                    let token = gateway.secrets.note(try await issuer.token())
                    let answer = try await gateway.get("/api/v1/auth/me", ["Authorization": "Bearer \(token)"])
                    #expect(answer.status == 503)
                    #expect(answer.json("code") == "keys_unavailable")
                    #expect(Int(answer["Retry-After"] ?? "") ?? 0 > 0)
                    let local = try await gateway.signIn()
                    #expect(try await gateway.me(local.bearer) == 200)
                    try await issuer.setDown(false)
                    #expect(try await soon(within: .seconds(40)) { try await gateway.me(["Authorization": "Bearer \(token)"]) == 200 })
                }
            }
        }
    }
}

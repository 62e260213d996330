import Foundation
import Testing

@Suite struct APIKeyCommandTests {
    @Test func `a key that the command line makes is printed alone and works at every gateway until it is revoked`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { first in
                try await Gateway.run(in: folder, secrets: first.secrets) { second in
                    let run = try await CommandRun.gatehouse(
                        ["api-keys", "create", "--user", "admin", "--name", "ci", "--scope", "orders.read", "--expires", "90d"], in: folder)
                    #expect(run.status == 0, "\(run.notes)")
                    let key = first.secrets.note(run.printed.trimmingCharacters(in: .newlines))
                    #expect(run.printed == "\(key)\n")
                    #expect(key.wholeMatch(of: /gh_key_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}/) != nil)
                    #expect(!run.notes.contains(key))

                    for fields in [["Authorization": "Api-Key \(key)"], ["Authorization": "Bearer \(key)"], ["X-API-Key": key]] {
                        #expect(try await first.me(fields) == 200, "\(fields.keys)")
                        #expect(try await second.me(fields) == 200, "\(fields.keys)")
                    }
                    let me = try await first.get("/api/v1/auth/me", ["X-API-Key": key])
                    #expect(me.object["scopes"] as? [String] == ["orders.read"])
                    #expect(try await first.get("/api/v1/auth/me?api_key=\(key)").status == 401)

                    let listed = try #require(try await CommandRun.json("api-keys", "list", in: folder) as? [[String: Any]])
                    let id = try #require(listed.first?["id"] as? String)
                    #expect(listed.count == 1)
                    #expect(listed[0]["user"] as? String == "admin")
                    #expect(listed[0]["state"] as? String == "active")
                    try await CommandRun.lines("api-keys", "revoke", id, in: folder)
                    for gateway in [first, second] {
                        #expect(try await soon(within: .seconds(1)) { try await gateway.me(["X-API-Key": key]) == 401 })
                    }
                    let line = try #require(try await CommandRun.lines("api-keys", "list", "--user", "admin", in: folder).first)
                    #expect(line.split(separator: "\t", omittingEmptySubsequences: false).contains("revoked"))
                }
            }
        }
    }

    @Test func `a key is revoked by its text from standard input or a file, and the text is shown nowhere`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                for form in ["-", "@leaked"] {
                    let key = gateway.secrets.note(
                        try await CommandRun.lines("api-keys", "create", "--user", "admin", "--name", "k", in: folder)[0])
                    try folder.write(key + "\n", to: "leaked")
                    let run = try await CommandRun.gatehouse(["api-keys", "revoke", form], in: folder, input: form == "-" ? key : nil)
                    #expect(run.status == 0, "\(run.output)")
                    #expect(!run.output.contains(key))
                    #expect(try await soon(within: .seconds(1)) { try await gateway.me(["X-API-Key": key]) == 401 })
                }
                let wrong = try await CommandRun.gatehouse(["api-keys", "revoke", "gh_key_not-one"], in: folder)
                #expect(wrong.status != 0)
            }
        }
    }

    @Test(arguments: [
        (["--user", "nobody", "--name", "k"], "There is no user"), (["--user", "admin", "--name", ""], "name"),
        (["--user", "admin", "--name", "k", "--scope", "a b"], "no scope"),
        (["--user", "admin", "--name", "k", "--scope", "*"], "one by one"),
        (["--user", "admin", "--name", "k", "--role", "auditor"], "auditor"),
        (["--user", "admin", "--name", "k", "--address", "10.0.0.0/40"], "address"),
        (["--user", "admin", "--name", "k", "--expires", "soon"], "no time"),
        (["--user", "admin", "--name", "k", "--expires", "2001-01-01"], "expired"),
        (["--user", "admin", "--name", "k", "--tenant", "nowhere"], "no tenant"),
    ])
    func `a key that could not be is refused with the reason, and nothing is printed`(arguments: [String], reason: String) async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { _ in
                let run = try await CommandRun.gatehouse(["api-keys", "create"] + arguments, in: folder)
                #expect(run.status != 0)
                #expect(run.printed.isEmpty)
                #expect(run.notes.contains(reason), "\(run.notes)")
            }
        }
    }

    @Test func `a key from the settings works, and is known by its digest alone`() async throws {
        try await Folder.run { folder in
            // printf %s metrics-key-4711 | sha256sum
            let digest = "9ad28d756e5c2d8b2af65db454dffba0883477e981e981a3a296878668776b75"
            try folder.write(
                "api_keys: [{ name: metrics, sha256: \"\(digest)\", scopes: [metrics.read] }]\nui_guard: { scope: metrics.read }\n",
                to: "gatehouse.yaml")
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let me = try await gateway.get("/api/v1/auth/me", ["X-API-Key": "metrics-key-4711"])
                #expect(me.status == 200, "\(me.text)")
                #expect(me.object["scopes"] as? [String] == ["metrics.read"])
                #expect(try await gateway.me(["X-API-Key": "metrics-key-4712"]) == 401)
            }
        }
    }
}

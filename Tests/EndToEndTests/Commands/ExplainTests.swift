import Foundation
import Testing

@Suite struct ExplainTests {
    private static let settings = """
        ui_guard: signed_in
        tenants: { header: X-Tenant, parameter: tenant }
        upstreams: [{ path: /reports, to: "http://127.0.0.1:PORT", guard: { any_role: [analyst] } }]
        guards: [{ path: "/reports/of/{tenant}", guard: { tenant: tenant } }]
        """

    /// One request, as `explain` is asked about it and as it is sent.
    private struct Case {
        let method: String
        let path: String
        var arguments: [String] = []
        var input: String?
        var fields: [String: String] = [:]
    }

    private struct Seen: Equatable {
        let status: Int
        let code: String?
    }

    /// Everything in the folder but what the tests themselves write there.
    private static func files(in folder: Folder) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.filter { !$0.hasPrefix("command-") && !$0.hasSuffix("-shm") }.reduce(into: [:]) { files, name in
            files[name] = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
    }

    private static func explain(_ request: Case, in folder: Folder) async throws -> [String: Any] {
        let run = try await CommandRun.gatehouse(
            ["explain", request.method, request.path] + request.arguments + ["--json"], in: folder, input: request.input)
        try #require(run.status == 0, "\(request): \(run.output)")
        return try #require(try JSONSerialization.jsonObject(with: Data(run.printed.utf8)) as? [String: Any])
    }

    private static func cases(_ token: String, _ key: String) -> [Case] {
        let bearer = ["Authorization": "Bearer \(token)"]
        return [
            Case(method: "GET", path: "/reports/1"),
            Case(method: "GET", path: "/reports/1", arguments: ["--token", "-"], input: token, fields: bearer),
            Case(method: "GET", path: "/reports/1", arguments: ["--token", "@token"], fields: bearer),
            Case(method: "POST", path: "/reports/1", arguments: ["--header", "Authorization: Bearer \(token)"], fields: bearer),
            Case(method: "GET", path: "/reports/of/default/1", arguments: ["--token", "@token"], fields: bearer),
            Case(method: "GET", path: "/reports/of/acme/1", arguments: ["--token", "@token"], fields: bearer),
            Case(
                method: "GET", path: "/reports/1", arguments: ["--token", "@token", "--header", "X-Tenant: acme"],
                fields: bearer.merging(["X-Tenant": "acme"]) { $1 }),
            Case(method: "GET", path: "/reports/of/acme/1", arguments: ["--header", "X-Tenant: default"], fields: ["X-Tenant": "default"]),
            Case(method: "GET", path: "/api/v1/auth/me", arguments: ["--api-key", "-"], input: key, fields: ["X-API-Key": key]),
            Case(method: "GET", path: "/api/v1/auth/me", arguments: ["--api-key", "@key", "--from", "127.0.0.1"], fields: ["X-API-Key": key]),
            Case(method: "GET", path: "/api/v1/auth/me", arguments: ["--api-key", "a b"], fields: ["X-API-Key": "a b"]),
            Case(
                method: "OPTIONS", path: "/reports/1", arguments: ["--header", "Access-Control-Request-Method: POST"],
                fields: ["Access-Control-Request-Method": "POST"]),
            Case(method: "GET", path: "/reports/1", arguments: ["--header", "Accept: text/html"], fields: ["Accept": "text/html"]),
            Case(method: "GET", path: "/api/v1/unknown"), Case(method: "GET", path: "/reports/%2e%2e/1"),
        ]
    }

    @Test func `explain says of a gateway that has ended what it answered, and leaves the store as it is`() async throws {
        try await Folder.run { folder in
            try await Upstream.run(answer: Upstream.echo) { port in
                try folder.write(Self.settings.replacing("PORT", with: "\(port)"), to: "gatehouse.yaml")
                var (cases, answers): ([Case], [Seen]) = ([], [])
                try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                    try await CommandRun.lines("tenants", "create", "acme", in: folder)
                    try await CommandRun.lines("roles", "define", "analyst", in: folder)
                    try await CommandRun.lines("users", "create", "ada", "--role", "analyst", "--password-stdin", in: folder, input: Gateway.password)
                    let key = gateway.secrets.note(
                        try await CommandRun.lines(
                            "api-keys", "create", "--user", "ada", "--name", "k", "--address", "10.0.0.0/8", in: folder)[0])
                    let token = try await gateway.signIn("ada").accessToken
                    try folder.write(token + "\n", to: "token")
                    try folder.write(key + "\n", to: "key")
                    cases = Self.cases(token, key)
                    for request in cases {
                        let answer = try await gateway.send(request.method, request.path, request.fields)
                        answers.append(Seen(status: answer.status, code: answer.status == 303 ? "sign_in_required" : answer.json("code")))
                    }
                }
                #expect(Set(answers.map(\.status)) == [200, 303, 400, 401, 403])
                let before = try Self.files(in: folder)
                for (request, wanted) in zip(cases, answers) {
                    let answer = try #require(try await Self.explain(request, in: folder)["answer"] as? [String: Any])
                    let isAllowed = answer["allowed"] as? Bool == true
                    #expect(isAllowed == (wanted.status == 200), "\(request) \(answer)")
                    if !isAllowed {
                        #expect(Seen(status: answer["status"] as? Int ?? 0, code: answer["code"] as? String) == wanted, "\(request) \(answer)")
                    }
                }
                try await Self.expectWords(in: folder)
                for list in ["users", "roles", "tenants", "api-keys", "signing-keys"] { try await CommandRun.lines(list, "list", in: folder) }
                try await CommandRun.lines("routes", in: folder)
                #expect(try Self.files(in: folder) == before)
            }
        }
    }

    /// What people read.
    private static func expectWords(in folder: Folder) async throws {
        let allowed = try await CommandRun.lines("explain", "POST", "/reports/1", "--user", "ada", in: folder).joined(separator: "\n")
        #expect(allowed.contains("match    any role of analyst") && allowed.contains("Answer  allowed → http://127.0.0.1:"), "\(allowed)")
        #expect(allowed.contains("Note    A browser also sends an Origin"), "\(allowed)")
        let refused = try await CommandRun.lines("explain", "GET", "/reports/1", "--user", "admin", in: folder).joined(separator: "\n")
        #expect(refused.contains("missing  any role of analyst") && refused.contains("Answer  403 forbidden"), "\(refused)")
        let elsewhere = try await CommandRun.lines("explain", "GET", "/reports/1", "--user", "ada", "--host", "evil.example", in: folder)
        #expect(elsewhere.contains("Answer  421 misdirected_request"), "\(elsewhere)")
        let hint = try await CommandRun.lines("explain", "GET", "/api/v1/auth/me", "--api-key", "@key", in: folder).joined(separator: "\n")
        #expect(hint.contains("401 invalid_token") && hint.contains("--from"), "\(hint)")
        let near = try await CommandRun.lines("explain", "GET", "/api/v1/auth/me", "--api-key", "@key", "--from", "10.1.2.3", in: folder)
        #expect(near.contains { $0.hasPrefix("Answer  allowed") }, "\(near)")
        for wrong in [["--from", "here"], ["--header", "X"], ["--token", "@nothing"], ["--user", "a", "--token", "b"]] {
            #expect(try await CommandRun.gatehouse(["explain", "GET", "/"] + wrong, in: folder).status == 64, "\(wrong)")
        }
    }

    @Test func `explain answers for dev beside settings for serve`() async throws {
        try await Folder.run { folder in
            try folder.write("server: { public_url: https://app.example.com }\n", to: "gatehouse.yaml")
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let token = try await gateway.signIn().accessToken
                func explain(_ further: [String]) async throws -> [String: Any] {
                    let request = Case(method: "GET", path: "/api/v1/auth/me", arguments: ["--token", "-"] + further, input: token)
                    return try #require(try await Self.explain(request, in: folder)["answer"] as? [String: Any])
                }
                #expect(try await explain(["--dev"])["allowed"] as? Bool == true)
                #expect(try await explain([])["code"] as? String == "invalid_token")
            }
        }
    }

    @Test func `what only looks makes no store, and says what to do without one`() async throws {
        try await Folder.run { folder in
            try await CommandRun.lines("routes", in: folder)
            let commands = ["users", "roles", "tenants", "api-keys", "signing-keys"].map { [$0, "list"] } + [["explain", "GET", "/"]]
            for command in commands {
                let run = try await CommandRun.gatehouse(command, in: folder)
                #expect(run.status == 1 && run.printed.isEmpty && run.notes.contains("There is no database gatehouse.db"), "\(command) \(run)")
            }
            #expect(try Self.files(in: folder).isEmpty)
            // The store is there, and no gateway was ever started on it.
            try await CommandRun.lines("users", "create", "ada", "--password-stdin", in: folder, input: Gateway.password)
            let run = try await CommandRun.gatehouse(["explain", "GET", "/", "--user", "ada"], in: folder)
            #expect(run.status == 1 && run.notes.contains("start the gateway on it once"), "\(run)")
            #expect(try await CommandRun.lines("users", "list", in: folder).count == 1)
        }
    }

    @Test func `routes shows no password on a terminal`() async throws {
        try await Folder.run { folder in
            let python = Products.variable("GATEHOUSE_TEST_PYTHON") ?? "/usr/bin/python3"
            let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
            let program = try Program(python, ["-c", script, Products.gatehouse, "routes"], in: folder, log: "terminal.log")
            #expect(try await program.ended() == 0)
            #expect(program.log.text.contains("/api/healthz") && program.log.text.contains("Answered by"), "\(program.log.text)")
            #expect(!program.log.text.contains("Sign in as"), "\(program.log.text)")
        }
    }
}

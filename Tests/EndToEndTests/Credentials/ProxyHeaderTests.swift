import Foundation
import Testing

@Suite struct ProxyHeaderTests {
    private static let secret = "between-proxy-and-gate-4711"

    private static func settings(create: String, in folder: Folder) throws {
        try folder.write(
            """
            server: { trusted_proxies: [127.0.0.1] }
            proxy_header: { header: X-Remote-User, provider: sso, require_https: false, secret: { env: PROXY_SECRET }, create: \(create) }
            ui_guard: signed_in
            """, to: "gatehouse.yaml")
    }

    private static let environment = Gateway.withAdmin.merging(["PROXY_SECRET": secret]) { $1 }

    private static func fields(_ user: String, _ proof: String? = secret) -> [String: String] {
        ["X-Remote-User": user].merging(proof.map { ["Gatehouse-Proxy-Secret": $0] } ?? [:]) { $1 }
    }

    @Test func `a trusted proxy speaks for people who are linked to it, and for nobody else`() async throws {
        try await Folder.run { folder in
            try Self.settings(create: "{ enabled: false }", in: folder)
            try await Gateway.run(in: folder, environment: Self.environment) { gateway in
                gateway.secrets.note(Self.secret)
                func me(_ user: String, _ proof: String? = Self.secret) async throws -> Answer {
                    try await gateway.get("/api/v1/auth/me", Self.fields(user, proof))
                }
                try await CommandRun.lines(
                    "users", "create", "ada", "--password-stdin", in: folder, environment: ["PROXY_SECRET": Self.secret], input: Gateway.password)
                #expect(try await me("ada@corp").status == 403)
                try await CommandRun.lines(
                    "users", "link", "ada", "--provider", "sso", "--subject", "ada@corp", in: folder,
                    environment: ["PROXY_SECRET": Self.secret])
                #expect(try await soon(within: .seconds(1)) { try await me("ada@corp").status == 200 })
                #expect(try await me("ada@corp").json("username") == "ada")
                for proof in [nil, "wrong-wrong-wrong-1"] { #expect(try await me("ada@corp", proof).status == 401) }
                for user in ["ada", "admin"] { #expect(try await me(user).status == 403, "\(user)") }
                #expect(try await me("ada@corp,admin").status == 400)
                try await CommandRun.lines("users", "disable", "ada", in: folder, environment: ["PROXY_SECRET": Self.secret])
                #expect(try await soon(within: .seconds(1)) { try await me("ada@corp").status == 403 })
            }
        }
    }

    @Test func `unknown people get an account where the rule says so`() async throws {
        try await Folder.run { folder in
            try Self.settings(create: "{ enabled: true, suffixes: [\"@example.com\"] }", in: folder)
            try await Gateway.run(in: folder, environment: Self.environment) { gateway in
                gateway.secrets.note(Self.secret)
                let me = try await gateway.get("/api/v1/auth/me", Self.fields("bob@example.com"))
                #expect(me.status == 200, "\(me.text)")
                #expect(try await gateway.me(Self.fields("eve@elsewhere.com")) == 403)
                let again = try await gateway.get("/api/v1/auth/me", Self.fields("bob@example.com"))
                #expect(again.json("id") == me.json("id"))
            }
        }
    }

    @Test func `user name and password with every request are taken only where the settings say so`() async throws {
        try await Folder.run { folder in
            let basic = ["Authorization": "Basic " + Data("admin:\(Gateway.password)".utf8).base64EncodedString()]
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                let status = try await gateway.me(basic)
                #expect(status == 401)
            }
            try await Gateway.run(in: folder, environment: ["GATEHOUSE_BASIC": "true"]) { gateway in
                let right = try await gateway.me(basic)
                #expect(right == 200)
                let wrong = ["Authorization": "Basic " + Data("admin:nonsense".utf8).base64EncodedString()]
                let refused = try await gateway.me(wrong)
                #expect(refused == 401)
            }
        }
    }
}

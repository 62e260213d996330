import Foundation
import Testing

@Suite struct RightsTests {
    @Test func `roles that the command line gives and takes count at every gateway within a second, for sessions and keys`() async throws {
        try await Folder.run { folder in
            try folder.write("api: { mount: /api }\n", to: "gatehouse.yaml")
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { first in
                try await Gateway.run(in: folder, secrets: first.secrets) { second in
                    try await CommandRun.lines("roles", "define", "editor", "--permission", "orders.write", in: folder)
                    try await CommandRun.lines("users", "create", "ada", "--password-stdin", in: folder, input: Gateway.password)
                    let session = try await first.signIn("ada")
                    try await CommandRun.lines("users", "assign-role", "ada", "editor", in: folder)
                    func roles(_ gateway: Gateway, _ fields: [String: String]) async throws -> [String] {
                        try await gateway.get("/api/v1/auth/me", fields).object["roles"] as? [String] ?? []
                    }
                    for gateway in [first, second] {
                        for fields in [session.cookieFields, session.bearer] {
                            #expect(try await soon(within: .seconds(1)) { try await roles(gateway, fields) == ["editor"] })
                        }
                    }
                    let key = first.secrets.note(
                        try await CommandRun.lines(
                            "api-keys", "create", "--user", "ada", "--name", "k", "--scope", "orders.write", "--role", "editor", in: folder)[0])
                    #expect(try await roles(second, ["X-API-Key": key]) == ["editor"])
                    try await CommandRun.lines("users", "remove-role", "ada", "editor", in: folder)
                    for gateway in [first, second] {
                        for fields in [session.cookieFields, session.bearer, ["X-API-Key": key]] {
                            #expect(try await soon(within: .seconds(1)) { try await roles(gateway, fields) == [] })
                            #expect(try await gateway.me(fields) == 200)
                        }
                    }
                }
            }
        }
    }

    @Test func `a disabled account is nobody at every gateway within a second, and its keys with it`() async throws {
        try await Folder.run { folder in
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { first in
                try await Gateway.run(in: folder, secrets: first.secrets) { second in
                    try await CommandRun.lines("users", "create", "ada", "--password-stdin", in: folder, input: Gateway.password)
                    let session = try await first.signIn("ada")
                    let key = first.secrets.note(
                        try await CommandRun.lines("api-keys", "create", "--user", "ada", "--name", "k", in: folder)[0])
                    #expect(try await second.me(["X-API-Key": key]) == 200)
                    try await CommandRun.lines("users", "disable", "ada", in: folder)
                    for gateway in [first, second] {
                        for fields in [session.cookieFields, session.bearer, ["X-API-Key": key]] {
                            #expect(try await soon(within: .seconds(1)) { try await gateway.me(fields) == 401 })
                        }
                    }
                    try await CommandRun.lines("users", "enable", "ada", in: folder)
                    for gateway in [first, second] {
                        #expect(try await soon(within: .seconds(1)) { try await gateway.me(["X-API-Key": key]) == 200 })
                        #expect(try await gateway.me(session.cookieFields) == 401)
                    }
                }
            }
        }
    }

    @Test func `tenants are made and listed, and a role in one is nothing in another`() async throws {
        try await Folder.run { folder in
            try folder.write(
                "tenants: { header: X-Tenant, list: [{ id: acme, name: Acme, hosts: [acme.example.com] }] }\n", to: "gatehouse.yaml")
            try await Gateway.run(in: folder, environment: Gateway.withAdmin) { gateway in
                try await CommandRun.lines("tenants", "create", "other", "--name", "Other Ltd", in: folder)
                #expect(try await CommandRun.lines("tenants", "list", in: folder) == ["acme\tAcme", "default\tDefault", "other\tOther Ltd"])
                #expect(try await CommandRun.gatehouse(["tenants", "create", "acme"], in: folder).status != 0)
                try await CommandRun.lines("users", "create", "ada", "--password-stdin", in: folder, input: Gateway.password)
                try await CommandRun.lines("users", "assign-role", "ada", "admin", "--tenant", "acme", in: folder)
                let ada = try await gateway.signIn("ada")
                func me(_ tenant: String?) async throws -> Answer {
                    try await gateway.get("/api/v1/auth/me", ada.cookieFields.merging(tenant.map { ["X-Tenant": $0] } ?? [:]) { $1 })
                }
                #expect(try await me(nil).object["roles"] as? [String] == [])
                #expect(try await me("acme").object["roles"] as? [String] == ["admin"])
                #expect(try await me("acme").json("tenant") == "acme")
                #expect(try await me("other").status == 403)
                #expect(try await me("nowhere").status == 403)
                // A token was made for one tenant and stays there.
                #expect(try await gateway.me(ada.bearer.merging(["X-Tenant": "acme"]) { $1 }) == 403)
            }
        }
    }
}

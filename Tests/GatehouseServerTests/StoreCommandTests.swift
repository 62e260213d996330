import Foundation
import GatehouseCore
import GatehouseServer
import Testing

@Suite struct StoreCommandTests {
    /// The settings of a store of its own, with an account `ada`.
    private static func settings() async throws -> Configuration {
        let files = try ConfigurationFiles()
        var configuration = Configuration()
        configuration.store = .sqlite(path: files.directory.appendingPathComponent("gatehouse.db").path)
        configuration.passwords.memoryKiB = 8192
        configuration.log.level = .critical
        _ = try await AccountCommands.createUser(
            username: "ada", email: "ada@example.com", name: nil, roles: [], password: Secret("correct-horse-battery-4711"), mustChange: false,
            in: configuration)
        return configuration
    }

    private static func code(_ body: () async throws -> Void) async -> GatehouseError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? GatehouseError)?.code
        }
    }

    @Test func `tenants and roles are made and listed`() async throws {
        let settings = try await Self.settings()
        _ = try await TenantCommands.create("acme", name: "Acme Ltd", in: settings)
        #expect(try await TenantCommands.list(in: settings).map(\.id) == ["acme", "default"])
        #expect(await Self.code { _ = try await TenantCommands.create("acme", name: "Acme", in: settings) } == .conflict)
        #expect(await Self.code { _ = try await TenantCommands.create("a b", name: "A", in: settings) } == .configurationInvalid)

        _ = try await RoleCommands.define("editor", permissions: ["orders.write", "orders.read"], tenant: "acme", in: settings)
        let roles = try await RoleCommands.list(tenant: "acme", in: settings)
        #expect(roles.map(\.role) == ["admin", "editor"])
        #expect(roles[1].permissions == ["orders.read", "orders.write"])
        #expect(try await RoleCommands.list(tenant: nil, in: settings).map(\.tenant) == ["acme", "acme", "default"])
        #expect(await Self.code { _ = try await RoleCommands.define("admin", permissions: [], tenant: nil, in: settings) } == .forbidden)
        #expect(await Self.code { _ = try await RoleCommands.define("x", permissions: [], tenant: "nowhere", in: settings) } == .notFound)
    }

    @Test func `roles are given and taken in one tenant alone`() async throws {
        let settings = try await Self.settings()
        _ = try await TenantCommands.create("acme", name: "Acme", in: settings)
        for tenant in ["acme", "default"] { _ = try await RoleCommands.define("editor", permissions: [], tenant: tenant, in: settings) }
        let held = try await AccountCommands.assign(["admin", "editor"], to: "ada@example.com", tenant: "acme", in: settings)
        #expect(held.username == "ada")
        #expect(held.roles == ["admin", "editor"])
        #expect(try await AccountCommands.assign(["editor"], to: "ada", tenant: nil, in: settings).roles == ["editor"])
        #expect(try await AccountCommands.remove(["editor", "never"], from: "ada", tenant: "acme", in: settings).roles == ["admin"])
        #expect(try await AccountCommands.assign(["editor"], to: "ada", tenant: nil, in: settings).roles == ["editor"])
        #expect(await Self.code { _ = try await AccountCommands.assign(["never"], to: "ada", tenant: nil, in: settings) } == .validationFailed)
        #expect(await Self.code { _ = try await AccountCommands.assign(["editor"], to: "eve", tenant: nil, in: settings) } == .notFound)
    }

    @Test func `accounts are made in a tenant and listed with what they are there`() async throws {
        let settings = try await Self.settings()
        _ = try await TenantCommands.create("acme", name: "Acme", in: settings)
        func create(_ name: String, in tenant: String) async throws -> AccountCommands.Account {
            try await AccountCommands.createUser(
                username: name, email: nil, name: nil, roles: ["admin"], tenant: tenant, password: Secret("correct-horse-battery-4712"),
                mustChange: false, in: settings)
        }
        #expect(try await create("bob", in: "acme").tenant == "acme")
        #expect(await Self.code { _ = try await create("eve", in: "nowhere") } == .notFound)
        _ = try await AccountCommands.assign(["admin"], to: "ada", tenant: "acme", in: settings)
        let all = try await AccountCommands.listUsers(in: settings)
        #expect(all.map(\.username) == ["ada", "bob"])
        #expect(all.map(\.roles) == [[], ["admin"]])
        #expect(try await AccountCommands.listUsers(tenant: "acme", in: settings).map(\.username) == ["bob"])
    }

    @Test func `accounts are disabled, enabled and linked`() async throws {
        let settings = try await Self.settings()
        #expect(try await AccountCommands.setDisabled(true, "ada", in: settings).isDisabled)
        #expect(try await AccountCommands.listUsers(in: settings).map(\.isDisabled) == [true])
        #expect(try await !AccountCommands.setDisabled(false, "ada", in: settings).isDisabled)
        _ = try await AccountCommands.link("ada", provider: "sso", subject: "ada@corp", in: settings)
        _ = try await AccountCommands.createUser(
            username: "eve", email: nil, name: nil, roles: [], password: Secret("correct-horse-battery-4712"), mustChange: false, in: settings)
        #expect(
            await Self.code { _ = try await AccountCommands.link("eve", provider: "sso", subject: "ada@corp", in: settings) } == .conflict)
    }

    @Test func `keys are made with an end, listed without their text, and revoked`() async throws {
        let settings = try await Self.settings()
        _ = try await RoleCommands.define("reader", permissions: ["orders.read"], tenant: nil, in: settings)
        _ = try await AccountCommands.assign(["reader"], to: "ada", tenant: nil, in: settings)
        var request = APIKeyCommands.Request(user: "ada", name: "ci", scopes: ["orders.read"], roles: ["reader"], addresses: ["10.0.0.0/8"])
        for (expires, wanted) in [("2999-01-31", "2999-01-31T00:00:00Z"), ("2999-01-31T12:30:00Z", "2999-01-31T12:30:00Z")] {
            request.expires = expires
            #expect(try await APIKeyCommands.create(request, in: settings).key.expiresAt == wanted)
        }
        request.expires = "90d"
        let (key, text) = try await APIKeyCommands.create(request, in: settings)
        #expect(key.scopes == ["orders.read"])
        #expect(key.roles == ["reader"])
        #expect(key.addresses == ["10.0.0.0/8"])
        #expect(key.expiresAt.map { $0 > key.createdAt } == true)
        #expect(text.expose { $0.contains(key.id) })

        let listed = try await APIKeyCommands.list(user: "ada", tenant: "default", in: settings)
        #expect(listed.count == 3)
        #expect(listed.allSatisfy { $0.state == "active" && $0.user == "ada" })
        let shown = String(decoding: try JSONEncoder().encode(listed), as: UTF8.self)
        #expect(!text.expose { shown.contains($0.split(separator: "_")[3]) })

        #expect(try await APIKeyCommands.revoke(text, in: settings) == key.id)
        #expect(try await APIKeyCommands.list(user: nil, tenant: nil, in: settings).filter { $0.state == "revoked" }.map(\.id) == [key.id])
        #expect(await Self.code { _ = try await APIKeyCommands.revoke(Secret("0000000000000000"), in: settings) } == .notFound)
    }

    @Test func `signing keys are rotated, imported and taken away`() async throws {
        let settings = try await Self.settings()
        let first = try await SigningKeyCommands.rotate(now: true, in: settings)
        #expect(first.state == "current")
        let next = try await SigningKeyCommands.rotate(now: false, in: settings)
        #expect(next.state == "next")
        #expect(try await SigningKeyCommands.rotate(now: false, in: settings).kid == next.kid)
        #expect(try await SigningKeyCommands.rotate(now: true, in: settings).kid == next.kid)
        #expect(try await SigningKeyCommands.list(in: settings).map(\.state) == ["current", "retired"])
        try await SigningKeyCommands.retire(first.kid, in: settings)
        #expect(try await SigningKeyCommands.list(in: settings).map(\.kid) == [next.kid])
        #expect(await Self.code { try await SigningKeyCommands.retire(first.kid, in: settings) } == .notFound)
        for (text, algorithm) in [("nonsense", nil), ("nonsense", "ES999")] as [(String, String?)] {
            let code = await Self.code {
                _ = try await SigningKeyCommands.add(Secret(text), algorithm: algorithm, kid: nil, now: true, in: settings)
            }
            #expect(code == .invalidKey)
        }
    }

    @Test func `what is listed is not changed, and a store that is not there is not made`() async throws {
        let files = try ConfigurationFiles()
        defer { files.remove() }
        var settings = Configuration()
        settings.store = .sqlite(path: files.directory.appendingPathComponent("none.db").path)
        settings.log.level = .critical
        let lists: [() async throws -> Void] = [
            { _ = try await AccountCommands.listUsers(in: settings) }, { _ = try await RoleCommands.list(tenant: nil, in: settings) },
            { _ = try await TenantCommands.list(in: settings) }, { _ = try await APIKeyCommands.list(user: nil, tenant: nil, in: settings) },
            { _ = try await SigningKeyCommands.list(in: settings) },
        ]
        for list in lists { #expect(await Self.code(list) == .storeUnavailable) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory.path).filter { $0.hasPrefix("none.db") }.isEmpty)
        #expect(try await !GatewayServer.routes(settings).isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory.path).filter { $0.hasPrefix("none.db") }.isEmpty)
    }
}

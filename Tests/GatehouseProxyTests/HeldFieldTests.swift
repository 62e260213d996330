import Gatehouse
import GatehouseCore
import GatehouseProxy
import GatehouseSQLite
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

/// Fields of the settings: what the gate read is what an upstream reads.
@Suite(.bothWays) struct HeldFieldTests {
    private static let tenant = HTTPField.Name("X-Tenant")!
    private static let ada = Principal(id: "u-1", username: "ada", tenant: "acme", credential: .session)

    private func seen(
        _ fields: String, trailers: String? = nil, as principal: Principal? = ada, identity: Upstream.Identity = .headers,
        held: HeldFields = HeldFields([HTTPField.Name("X-SSO-User")!], tenant: tenant)
    ) async throws -> Message {
        let upstream = try TestUpstream { _ in ok() }
        var proxy = ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.public).identity(identity)])
        proxy.held = held
        try await withGateway(proxy, as: principal) { gateway, _ in
            try await blocking {
                let client = try RawSocket(port: gateway.port)
                let body = trailers.map { "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\($0)\r\n" } ?? "\r\n"
                try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\(body)")
                let status = try client.readMessage().status
                #expect(status == 200)
            }
        }
        return try #require(upstream.seen.first)
    }

    @Test(arguments: ["X-Tenant", "x-tenant", "X_Tenant", "x_TENANT", "X.Tenant", "X~Tenant"])
    func `the tenant is that of the principal, whatever a client sends in whichever spelling`(_ name: String) async throws {
        for connection in ["", "Connection: X-Tenant\r\n", "Connection: keep-alive, x_tenant\r\n"] {
            let message = try await seen("\(connection)\(name): globex\r\n")
            #expect(!message.head.contains("globex"))
            #expect(message.all("x-tenant") == ["acme"])
        }
    }

    @Test func `where nobody is signed in no tenant is acted in, and none is named`() async throws {
        let message = try await seen("X-Tenant: globex\r\nX_Tenant: globex\r\n", as: nil)
        #expect(message.all("x-tenant").isEmpty && !message.head.contains("globex"))
    }

    @Test func `an upstream that learns nobody's name learns the tenant all the same`() async throws {
        let message = try await seen("X-Tenant: globex\r\n", identity: .none)
        #expect(message.all("x-tenant") == ["acme"] && message["x-forwarded-user"] == nil)
    }

    @Test(arguments: [Upstream.Identity.headers, .none])
    func `a tenant's field that is one of the identity headers stands there once`(_ identity: Upstream.Identity) async throws {
        let held = HeldFields(tenant: HTTPField.Name("X-Forwarded-Tenant")!)
        let message = try await seen("X-Forwarded-Tenant: globex\r\n", identity: identity, held: held)
        #expect(message.all("x-forwarded-tenant") == ["acme"])
    }

    @Test(arguments: ["X-SSO-User", "x_sso_user", "X_SSO-User", "x.sso.user"])
    func `a field that carries a credential stops here in every spelling`(_ name: String) async throws {
        let message = try await seen("\(name): evil\r\nConnection: \(name)\r\nX-SSO-Users: kept\r\n")
        #expect(!message.head.contains("evil") && message["x-sso-users"] == "kept")
    }

    @Test func `trailers carry neither`() async throws {
        let message = try await seen("", trailers: "X-Tenant: globex\r\nx_tenant: globex\r\nX_SSO_User: evil\r\nX-Sum: 1\r\n")
        #expect(message.trailers == ["X-Sum: 1"])
    }

    @Test func `a proxy on a gate's router holds back what the gate's settings name`() async throws {
        let upstream = try TestUpstream { _ in ok() }
        var settings = GateSettings()
        settings.accounts.hashing.memoryKiB = 8
        settings.accounts.hashing.iterations = 1
        settings.administratorPassword = Secret("a long enough phrase")
        settings.audit = AuditSink.none
        settings.tenancy.header = Self.tenant
        settings.credential = CustomCredential(fields: [HTTPField.Name("X-SSO-User")!]) { _, fields in
            fields[HTTPField.Name("X-SSO-User")!].map {
                Principal(id: $0, authProvider: "sso", username: "sso:\($0)", tenant: "acme", credential: .custom)
            }
        }
        let gate = try await Gate(store: try SQLiteDriver.inMemory(), settings: settings)
        let router = gate.router(context: BasicIdentityContext.self)
        try router.mount(ReverseProxy([try Upstream("/", to: .init(upstream.url)).requiring(.signedIn)]))
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let application = try gate.application(router, port: 0) { running.yield($0.localAddress?.port ?? 0) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await application.run() }
            let port = try #require(await ports.first { _ in true })
            let statuses = try await blocking {
                try ["X-Tenant: acme\r\nConnection: X-Tenant", "X_Tenant: globex\r\nX_SSO_User: eve", "X-Tenant: globex"].map { fields in
                    let client = try RawSocket(port: port)
                    try client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-SSO-User: ada\r\n\(fields)\r\n\r\n")
                    return try client.readMessage().status
                }
            }
            #expect(statuses == [200, 200, 403])
            tasks.cancelAll()
        }
        #expect(upstream.seen.count == 2)
        for message in upstream.seen {
            #expect(message.all("x-tenant") == ["acme"] && message.all("x-forwarded-tenant") == ["acme"])
            #expect(!message.head.contains("globex") && !message.head.lowercased().contains("sso_user") && message["x-sso-user"] == nil)
        }
    }
}

import Gatehouse
import GatehouseConsole
import GatehouseSQLite
import Hummingbird
import NIOCore
import Testing

typealias TestRouter = GateRouter<BasicIdentityContext>

/// A gate that listens on a port of its own, with cheap hashing and a user `ada`.
struct Site: Sendable {
    static let password = "a long enough phrase"
    static let publicURL = "https://app.example.com"

    let gate: Gate
    let port: Int
    /// Of a private listener, if there is one.
    let privatePort: Int
    let clock: TestClock
    let audit: AuditRecorder
    let log: LogRecorder
    let ada: User

    /// What a site is made with.
    struct Plan: Sendable {
        var publicURL: String?
        var store: (any SQLDriver)?
        var settings: @Sendable (inout GateSettings) -> Void = { _ in }
        var hasPages = false
        var hasPrivateListener = false
        /// The system's clock instead of one that stands.
        var hasRunningClock = false
        var routes: @Sendable (TestRouter) throws -> Void = { _ in }
    }

    static func with(
        _ publicURL: String? = nil, pages: Bool = false, settings: @escaping @Sendable (inout GateSettings) -> Void = { _ in },
        routes: @escaping @Sendable (TestRouter) throws -> Void = { _ in }, _ body: (Site) async throws -> Void
    ) async throws {
        try await with(Plan(publicURL: publicURL, settings: settings, hasPages: pages, routes: routes), body)
    }

    static func with(_ plan: Plan, _ body: (Site) async throws -> Void) async throws {
        let (clock, audit, log) = (TestClock(), AuditRecorder(), LogRecorder())
        let gate = try await gate(plan, clock, audit, log)
        let ada = try await ada(of: gate)
        let router = gate.router(context: BasicIdentityContext.self)
        if plan.hasPages { try Console(gate: gate, title: "Test").add(to: router, welcome: true) }
        try plan.routes(router)
        let (ports, running) = AsyncStream.makeStream(of: Int.self)
        let (privatePorts, privateRunning) = AsyncStream.makeStream(of: Int.self)
        let application = try gate.application(router, port: 0) { running.yield($0.localAddress?.port ?? 0) }
        let privateApplication = try gate.privateApplication(router, port: 0) { privateRunning.yield($0.localAddress?.port ?? 0) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { running.finish() }
                try await application.run()
            }
            if plan.hasPrivateListener {
                tasks.addTask {
                    defer { privateRunning.finish() }
                    try await privateApplication.run()
                }
            }
            let port = try #require(await ports.first { _ in true })
            let privatePort = plan.hasPrivateListener ? try #require(await privatePorts.first { _ in true }) : 0
            defer { tasks.cancelAll() }
            try await body(Site(gate: gate, port: port, privatePort: privatePort, clock: clock, audit: audit, log: log, ada: ada))
        }
    }

    private static func ada(of gate: Gate) async throws -> User {
        if let ada = try await gate.accounts.users.find(name: "ada", in: .everyTenant) { return ada }
        return try await gate.accounts.users.create(
            NewUser(username: "ada", name: "Ada", email: "ada@example.com", password: Secret(password)))
    }

    static func gate(_ plan: Plan, _ clock: TestClock, _ audit: AuditRecorder, _ log: LogRecorder) async throws -> Gate {
        var settings = GateSettings()
        settings.accounts.hashing.memoryKiB = 8
        settings.accounts.hashing.iterations = 1
        settings.accounts.hashing.queue = 4000
        settings.administratorPassword = Secret(password)
        settings.clock = plan.hasRunningClock ? .system : clock.clock
        settings.audit = audit.sink
        settings.logger = log.logger
        plan.settings(&settings)
        let store: any SQLDriver = try plan.store ?? SQLiteDriver.inMemory()
        return try await Gate(store: store, publicURL: plan.publicURL, settings: settings)
    }

    /// What a browser that came to the right place says.
    var host: String { gate.publicURL.map { "\($0.host)" } ?? "127.0.0.1:\(port)" }
    var origin: String { gate.publicURL?.description ?? "http://\(host)" }
}

// MARK: - Requests
extension Site {
    typealias Fields = KeyValuePairs<String, String>

    /// Sends one request on a connection of its own; `Host` is the right one unless `fields` has another.
    func send(
        _ method: String, _ target: String, _ fields: [(key: String, value: String)], body: String? = nil, from source: String? = nil,
        port: Int? = nil
    ) async throws -> Answer {
        var lines = ["\(method) \(target) HTTP/1.1"]
        if !fields.contains(where: { $0.key.lowercased() == "host" }) { lines.append("Host: \(host)") }
        lines += fields.map { "\($0.key): \($0.value)" }
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let message = (lines + ["Connection: close", "", body ?? ""]).joined(separator: "\r\n")
        let port = port ?? self.port
        return try await blocking {
            let wire = try Wire(port: port, from: source)
            try wire.send(message)
            return try wire.readAnswer(toHead: method == "HEAD")
        }
    }

    func send(_ method: String, _ target: String, _ fields: Fields = [:], body: String? = nil) async throws -> Answer {
        try await send(method, target, Array(fields), body: body)
    }

    func get(_ target: String, _ fields: Fields = [:]) async throws -> Answer { try await send("GET", target, Array(fields)) }

    func post(_ target: String, json: String, _ fields: Fields = [:]) async throws -> Answer {
        try await send("POST", target, [("Content-Type", "application/json")] + Array(fields), body: json)
    }

    /// A form as a browser sends it, from a page of ours unless `fields` has an `Origin`.
    func post(_ target: String, form: KeyValuePairs<String, String>, _ fields: Fields = [:]) async throws -> Answer {
        let body = form.map { "\($0.key)=\(Self.escaped($0.value))" }.joined(separator: "&")
        let origin = fields.contains { $0.key == "Origin" } ? [] : [(key: "Origin", value: origin)]
        return try await send("POST", target, [("Content-Type", "application/x-www-form-urlencoded")] + origin + Array(fields), body: body)
    }

    /// Every byte but letters and digits percent-encoded.
    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

// MARK: - People
extension Site {
    /// What a sign-in over JSON handed out.
    struct SignedIn: Sendable {
        let answer: Answer
        /// `name=value`.
        let cookie: String
        let token: String
        let refreshToken: String
        let csrf: String
        var bearer: String { "Bearer \(token)" }
    }

    func signIn(_ name: String = "ada", _ password: String = Site.password, _ fields: Fields = [:]) async throws -> SignedIn {
        let answer = try await post("/api/auth/login", json: #"{"username":"\#(name)","password":"\#(password)"}"#, fields)
        #expect(answer.status == 200, "\(answer)")
        return SignedIn(
            answer: answer, cookie: try #require(answer.cookie), token: try #require(answer.json("access_token")),
            refreshToken: try #require(answer.json("refresh_token")), csrf: try #require(answer.json("csrf_token")))
    }

    /// Whether the cookie signs somebody in.
    func isSignedIn(cookie: String) async throws -> Bool { try await get("/api/v1/auth/me", ["Cookie": cookie]).status == 200 }

    func isSignedIn(bearer: String) async throws -> Bool { try await get("/api/v1/auth/me", ["Authorization": bearer]).status == 200 }

    /// A token such as a supervised UI gets for the person.
    func delegatedToken(of person: SignedIn) async throws -> String {
        let id = try #require(try await get("/api/v1/auth/me", ["Cookie": person.cookie]).json("session_id"))
        let principal = try #require(try await gate.accounts.sessions.find(id: id)).principal
        return try #require(try await gate.upstreamToken(for: principal, audience: .supervisedUI))
    }
}

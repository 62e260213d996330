import Foundation
import Gatehouse
import GatehouseSQLite
import Hummingbird
import Synchronization
import Testing

/// A real store that fails when it is told to.
private struct FailingDriver: SQLDriver {
    enum Failure: Sendable { case none, writes, everything }

    final class Switch: Sendable {
        private let state = Mutex(Failure.none)
        var failure: Failure {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    let base: SQLiteDriver
    let failing = Switch()
    var dialect: SQLDialect { base.dialect }
    var filePath: String? { base.filePath }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        if failing.failure == .everything { throw GatehouseError(.storeUnavailable, "The store is gone.") }
        return try await base.read(body)
    }

    @discardableResult func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        if failing.failure != .none { throw GatehouseError(.storeUnavailable, "The store is gone.") }
        return try await base.write(body)
    }
}

@Suite struct `Without its store` {
    private final class Calls: Sendable {
        private let number = Atomic(0)
        var count: Int { number.load(ordering: .relaxed) }
        func add() { number.add(1, ordering: .relaxed) }
    }

    private func with(_ body: (Site, FailingDriver.Switch, Calls) async throws -> Void) async throws {
        let (driver, calls) = (FailingDriver(base: try SQLiteDriver.inMemory()), Calls())
        var plan = Site.Plan(store: driver, hasPages: true)
        plan.routes = { router in
            let group = router.signedIn("a")
            group.get { _, _ in
                calls.add()
                return "a"
            }
            group.post { _, _ in
                calls.add()
                return "a"
            }
            router.open("open").get { _, _ in "open" }
        }
        try await Site.with(plan) { try await body($0, driver.failing, calls) }
    }

    @Test func `the gate allows nobody`() async throws {
        try await with { site, failing, calls in
            let person = try await site.signIn()
            failing.failure = .everything
            site.clock.advance(.seconds(2))
            for fields: Site.Fields in [["Cookie": person.cookie], ["Authorization": person.bearer]] {
                let answer = try await site.get("/a", fields)
                #expect(answer.status == 503 && answer.code == "store_unavailable" && !answer.text.contains("gone"), "\(answer)")
                #expect(try await site.get("/api/v1/auth/me", fields).status == 503)
            }
            let json = #"{"username":"ada","password":"\#(Site.password)"}"#
            #expect(try await site.post("/api/auth/login", json: json).status == 503)
            #expect(try await site.post("/api/auth/refresh", json: #"{"refresh_token":"\#(person.refreshToken)"}"#).status == 503)
            #expect(try await site.post("/auth/sign-in", form: ["username": "ada", "password": Site.password]).status == 503)
            let token = try await site.post("/api/v1/auth/token", form: ["grant_type": "refresh_token", "refresh_token": person.refreshToken])
            #expect(token.status == 503 && token.json("error") == "temporarily_unavailable")
            #expect(calls.count == 0)
            #expect(try await site.get("/a").status == 401)
            #expect(try await site.get("/open").text == "open")
            #expect(try await site.get("/api/healthz").status == 200)
            let ready = try await site.get("/api/readyz")
            #expect(ready.status == 503 && ready.json("status") == "not_ready", "\(ready)")
            failing.failure = .none
            #expect(try await site.get("/a", ["Cookie": person.cookie]).status == 200)
            #expect(try await site.get("/api/readyz").status == 503, "what was found stands for a second")
            site.clock.advance(.seconds(1))
            #expect(try await site.get("/api/readyz").json("status") == "ready")
        }
    }

    @Test func `nobody can say whether a credential still stands`() async throws {
        try await with { site, failing, _ in
            let person = try await site.signIn()
            let id = try #require(try await site.get("/api/v1/auth/me", ["Cookie": person.cookie]).json("session_id"))
            let principal = try #require(try await site.gate.accounts.sessions.find(id: id)).principal
            #expect(try await site.gate.isAlive(principal))
            failing.failure = .everything
            site.clock.advance(.seconds(2))
            let error = await #expect(throws: GatehouseError.self) { try await site.gate.isAlive(principal) }
            #expect(error?.code == .storeUnavailable)
            failing.failure = .none
            #expect(try await site.gate.isAlive(principal))
            try await site.gate.accounts.sessions.end(id: id)
            #expect(try await !site.gate.isAlive(principal))
        }
    }

    @Test func `nothing is done and then called a failure`() async throws {
        try await with { site, failing, calls in
            let person = try await site.signIn()
            let fields: Site.Fields = ["Cookie": person.cookie, "Origin": site.origin, "X-CSRF-Token": person.csrf]
            site.clock.advance(.seconds(61))
            failing.failure = .writes
            #expect(try await site.send("POST", "/a", fields).status == 503)
            #expect(calls.count == 0)
            failing.failure = .none
            #expect(try await site.send("POST", "/a", fields).status == 200)
            #expect(calls.count == 1)
        }
    }

    @Test func `a cookie's new secret waits for a better moment`() async throws {
        try await with { site, failing, calls in
            let person = try await site.signIn()
            try await site.gate.accounts.users.setRoles([.admin], of: site.ada.id)
            failing.failure = .writes
            let answer = try await site.get("/a", ["Cookie": person.cookie])
            #expect(answer.status == 200 && answer["Set-Cookie"] == nil && calls.count == 1, "\(answer)")
            failing.failure = .none
            #expect(try await site.get("/a", ["Cookie": person.cookie]).cookie != nil)
        }
    }

    @Test func `which somebody else has locked, a sign-in is refused and a session goes on`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString).db").path
        defer { for end in ["", "-wal", "-shm", ".key"] { try? FileManager.default.removeItem(atPath: path + end) } }
        var plan = Site.Plan(store: try SQLiteDriver(path: path))
        plan.routes = { $0.signedIn("a").get { _, _ in "a" } }
        try await Site.with(plan) { site in
            let person = try await site.signIn()
            let other = try SQLiteDriver(path: path)
            let (locked, isLocked) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    try await other.write { transaction throws(GatehouseError) in
                        try transaction.markChanged()
                        isLocked.yield()
                        release.wait()
                    }
                }
                defer { release.signal() }
                _ = await locked.first { _ in true }
                #expect(try await site.get("/a", ["Cookie": person.cookie]).text == "a")
                let refused = try await site.post("/api/auth/login", json: #"{"username":"ada","password":"\#(Site.password)"}"#)
                #expect(refused.status == 503 && refused.code == "store_unavailable", "\(refused)")
            }
            _ = try await site.signIn()
        }
    }
}

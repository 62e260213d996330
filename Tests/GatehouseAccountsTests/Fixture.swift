import Foundation
import GatehouseAccounts
import GatehouseCore
import GatehouseSQLite
import GatehouseStore
import GatehouseTokens
import Synchronization
import Testing

/// A clock that stands until it is moved.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_700_000_000))

    var clock: WallClock { WallClock { self.now } }
    var now: Timestamp { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// The audit events so far.
final class AuditRecorder: Sendable {
    private let recorded = Mutex<[AuditEvent]>([])

    var sink: AuditSink { AuditSink { event in self.recorded.withLock { $0.append(event) } } }
    var events: [AuditEvent] { recorded.withLock { $0 } }

    func events(_ action: String) -> [AuditEvent] { events.filter { $0.action == action } }
}

/// What accounts ask or tell the outside.
struct Hooks: Sendable {
    var reloadMasterKey: @Sendable () throws(GatehouseError) -> MasterKey? = { () throws(GatehouseError) in nil }
    var onTrouble: @Sendable (Trouble) -> Void = { _ in }
}

/// Accounts on one SQLite file, with a clock of its own and cheap hashing.
struct Fixture: Sendable {
    static let password = Secret("a long enough phrase")
    static let address = "192.0.2.7"

    let clock: TestClock
    let audit: AuditRecorder
    let driver: SQLiteDriver
    let accounts: Accounts
    let path: String
    let masterKey: MasterKey

    /// Runs `body` on accounts that are new.
    static func with(
        _ change: (inout AccountSettings) -> Void = { _ in }, _ body: (Fixture) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = try MasterKey(parsing: MasterKey.generateText())
        try await body(
            try await Fixture(path: "\(folder.path)/store.db", masterKey: key, clock: TestClock(), audit: AuditRecorder(), change))
    }

    private init(
        path: String, masterKey: MasterKey, clock: TestClock, audit: AuditRecorder, mode: Accounts.OpenMode = .server,
        driver: SQLiteDriver? = nil, hooks: Hooks = Hooks(), _ change: (inout AccountSettings) -> Void
    ) async throws {
        self.path = path
        self.masterKey = masterKey
        self.clock = clock
        self.audit = audit
        self.driver = try driver ?? SQLiteDriver(path: path)
        var settings = AccountSettings()
        settings.hashing.memoryKiB = 8
        settings.hashing.iterations = 1
        settings.hashing.queue = 1000
        change(&settings)
        accounts = try await Accounts.open(
            driver: self.driver, masterKey: masterKey, settings: settings, mode: mode, clock: clock.clock, audit: audit.sink,
            reloadMasterKey: hooks.reloadMasterKey, onTrouble: hooks.onTrouble)
    }

    /// What another process on the same file would have.
    func anotherProcess(
        masterKey: MasterKey? = nil, mode: Accounts.OpenMode = .server, driver: SQLiteDriver? = nil, hooks: Hooks = Hooks(),
        _ change: (inout AccountSettings) -> Void = { _ in }
    ) async throws -> Fixture {
        try await Fixture(
            path: path, masterKey: masterKey ?? self.masterKey, clock: clock, audit: audit, mode: mode, driver: driver,
            hooks: hooks, change)
    }

    @discardableResult
    func makeUser(
        _ name: String = "ada", email: String? = nil, mustChange: Bool = false, roles: Set<Role> = [], tenant: Tenant.ID = .default
    ) async throws -> User {
        try await accounts.users.create(
            NewUser(
                username: name, email: email, password: Self.password, mustChangePassword: mustChange, roles: roles, tenant: tenant))
    }

    func signIn(
        _ name: String = "ada", _ password: String? = nil, new: String? = nil, from address: String? = Self.address
    ) async throws -> User {
        let password = password.map { Secret($0) } ?? Self.password
        return try await accounts.signIns.signIn(
            SignInAttempt(name: name, password: password, newPassword: new.map { Secret($0) }, address: address))
    }

    func start(_ kind: LiveSession.Kind = .cookie, _ name: String = "ada") async throws -> StartedSession {
        try await accounts.sessions.start(for: try await signIn(name), kind: kind)
    }

    /// A key of a new user `ada` who may read and write orders.
    func makeKey(
        _ scopes: Set<Scope> = ["orders.read"], _ change: (inout NewAPIKey) -> Void = { _ in }
    ) async throws -> (user: User, key: APIKey, text: Secret<String>) {
        try await accounts.roles.define("clerk", permissions: ["orders.read", "orders.write"])
        let user = try await makeUser(roles: ["clerk"])
        var new = NewAPIKey(name: "nightly", scopes: scopes)
        change(&new)
        let (key, text) = try await accounts.apiKeys.create(new, for: user.id, in: .default)
        return (user, key, text)
    }

    /// Looks at the store as a running process does, so that its caches count.
    func look() async { await accounts.changeWatcher().look() }

    /// Lets the statements of one step fail, such as `BEFORE DELETE ON refresh_tokens`, until `mendStore`.
    func breakStore(_ step: SQLText) async throws {
        try await driver.write { transaction throws(GatehouseError) in
            try transaction.run("CREATE TRIGGER broken \(sql: step) BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END")
        }
    }

    func mendStore() async throws {
        try await driver.write { transaction throws(GatehouseError) in try transaction.run("DROP TRIGGER broken") }
    }

    /// The code with which a sign-in is refused; `nil` if it is not.
    func refusal(_ name: String, _ password: String, from address: String? = Self.address) async -> GatehouseError? {
        await refusalOf { _ = try await signIn(name, password, from: address) }
    }
}

/// The error that `body` throws; `nil` if it does not.
func refusalOf(_ body: () async throws -> Void) async -> GatehouseError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? GatehouseError
    }
}

extension Secret<String> {
    /// For tests, which may know it.
    var text: String { expose { $0 } }
}

public import GatehouseCore
public import GatehouseStore
public import GatehouseTokens

/// Accounts, sessions and keys of one store: the rules, without HTTP.
///
/// A value to hand around; all of its state is in the store and in caches that can be lost at any moment.
public struct Accounts: Sendable {
    public let settings: AccountSettings
    public let users: Users
    public let people: People
    public let roles: Roles
    public let tenants: Tenants
    public let links: Links
    public let passwords: Passwords
    public let signIns: SignIns
    public let sessions: Sessions
    public let apiKeys: APIKeys
    public let signingKeys: SigningKeys
    public let resealing: Resealing
    public let firstAdministrator: FirstAdministrator
    private let environment: Environment
    private let caches: Caches
    private let root: RootSecret

    /// Brings the store to this program's schema and loads the keys, making what is missing in a store that has none.
    ///
    /// - Parameters:
    ///   - mode: what may be changed.
    ///   - reloadMasterKey: reads the master key anew where it can have changed, such as a key file; asked when a row turns up that was
    ///     sealed under an unknown key. `nil` where it cannot.
    ///   - onTrouble: hears once when a background task begins to fail and once when it works again. Must not block.
    /// Throws `store_unavailable`, `store_too_new`, `migration_failed`, `master_key_mismatch` when something in the store was sealed under
    /// another master key, `configuration_invalid` for settings that cannot work.
    public static func open(
        driver: some SQLDriver, masterKey: MasterKey, settings: AccountSettings = AccountSettings(), mode: OpenMode = .server,
        clock: WallClock = .system, random: RandomSource = .system, audit: AuditSink = .none,
        reloadMasterKey: @escaping @Sendable () throws(GatehouseError) -> MasterKey? = { () throws(GatehouseError) in nil },
        onTrouble: @escaping @Sendable (Trouble) -> Void = { _ in }
    ) async throws(GatehouseError) -> Accounts {
        let used: any SQLDriver = mode == .readOnly ? ReadOnlyDriver(driver: driver) : driver
        let environment = Environment(driver: used, clock: clock, random: random, audit: audit, onTrouble: onTrouble)
        try await used.migrate(Schema.migrations, at: clock.now())
        let sealing = Sealing(masterKey, reloadMasterKey: reloadMasterKey)
        let resealing = Resealing(
            environment: environment, sealing: sealing, keptAfterRetirement: settings.sessions.longest + .seconds(3600))
        // A master key that does not open what is there must not change it.
        if mode == .server {
            try await resealing.check()
            try await resealing.reseal(under: sealing.current)
        }
        let root = try await RootSecret.load(environment, sealing, makes: mode == .server)
        let signingKeys = SigningKeys(
            environment: environment, sealing: sealing, settings: settings.signing, keptAfterRetirement: resealing.keptAfterRetirement)
        try await signingKeys.load(makesKeys: mode == .server)
        let hasher = try PasswordHasher(settings.hashing, random: random, onHash: settings.onHash)
        return Accounts(environment, settings, hasher, signingKeys, resealing, root)
    }

    /// Whether the store holds anything that only a master key opens.
    ///
    /// - Parameter mode: `.readOnly` refuses a store that is not at this program's schema; the others bring it there first.
    public static func hasSealedRows(
        in driver: some SQLDriver, mode: OpenMode = .server, clock: WallClock = .system
    ) async throws(GatehouseError) -> Bool {
        if mode == .readOnly {
            try await driver.verify(Schema.migrations)
        } else {
            try await driver.migrate(Schema.migrations, at: clock.now())
        }
        return try await driver.read { transaction throws(GatehouseError) in try SealedRow.hasAny(in: transaction) }
    }

    private init(
        _ environment: Environment, _ settings: AccountSettings, _ hasher: PasswordHasher, _ signingKeys: SigningKeys,
        _ resealing: Resealing, _ root: RootSecret
    ) {
        let caches = Caches(settings.sessions)
        let ending = SessionEnding(environment: environment, caches: caches)
        let throttle = Throttle(environment: environment, limits: settings.throttling, key: root.derive(label: "throttle"))
        self.environment = environment
        self.settings = settings
        self.caches = caches
        self.root = root
        self.signingKeys = signingKeys
        self.resealing = resealing
        sessions = Sessions(
            environment: environment, limits: settings.sessions, cache: caches.sessions, ending: ending,
            refreshKey: root.derive(label: "refresh"))
        roles = Roles(environment: environment, caches: caches)
        users = Users(environment: environment, hasher: hasher, ending: ending, roleRules: roles)
        people = People(environment: environment, caches: caches)
        tenants = Tenants(environment: environment, caches: caches)
        links = Links(environment: environment, caches: caches, users: users)
        apiKeys = APIKeys(environment: environment, limits: settings.apiKeys, caches: caches)
        signIns = SignIns(environment: environment, hasher: hasher, throttle: throttle, ending: ending)
        passwords = Passwords(environment: environment, signIns: signIns)
        firstAdministrator = FirstAdministrator(environment: environment, hasher: hasher)
    }

    /// 32 bytes for one purpose that only this store knows, such as `csrf`; the same label gives the same bytes in every process on it,
    /// and under another master key too.
    public func derive(label: String) -> Secret<[UInt8]> { root.derive(label: label) }

    /// Sees what other processes change, so that caches may be believed: they count only while it runs.
    ///
    /// - Parameter onChange: runs after every change seen, this process's own included.
    public func changeWatcher(onChange: @escaping @Sendable () -> Void = {}) -> ChangeWatcher {
        ChangeWatcher(
            environment: environment, caches: caches, signingKeys: signingKeys, onChange: onChange,
            reports: TroubleReports(.changeWatcher, environment))
    }

    /// Forgets what has expired.
    public func pruning() -> Pruning {
        Pruning(
            environment: environment, throttling: settings.throttling, signingKeys: signingKeys,
            reports: TroubleReports(.pruning, environment))
    }

    /// Rotates the signing keys; also what lets a key that was published by hand sign when its time has come.
    public func signingKeyRotation() -> SigningKeyRotation {
        SigningKeyRotation(signingKeys: signingKeys, reports: TroubleReports(.signingKeyRotation, environment))
    }
}

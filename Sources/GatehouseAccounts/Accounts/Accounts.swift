public import GatehouseCore
public import GatehouseStore
public import GatehouseTokens

/// Accounts, sessions and keys of one store: the rules, without HTTP.
///
/// A value to hand around; all of its state is in the store and in caches that can be lost at any moment.
public struct Accounts: Sendable {
    public let settings: AccountSettings
    public let users: Users
    public let roles: Roles
    public let passwords: Passwords
    public let signIns: SignIns
    public let sessions: Sessions
    public let signingKeys: SigningKeys
    public let firstAdministrator: FirstAdministrator
    private let environment: Environment
    private let cache: SessionCache

    /// Brings the store to this program's schema and loads the signing keys, making one in a store that has none.
    ///
    /// - Parameter makesKeys: `false` for a tool beside the servers, which leaves their keys as they are: none is made, retired or sealed
    ///   anew, and where none signs `signingKeys.ring` throws `keys_unavailable`.
    ///
    /// Throws `store_unavailable`, `store_too_new`, `migration_failed`, `master_key_mismatch` when the store's keys were sealed under
    /// another master key, `configuration_invalid` for settings that cannot work.
    public static func open(
        driver: some SQLDriver, masterKey: MasterKey, settings: AccountSettings = AccountSettings(), clock: WallClock = .system,
        random: RandomSource = .system, audit: AuditSink = .none, makesKeys: Bool = true
    ) async throws(GatehouseError) -> Accounts {
        let environment = Environment(driver: driver, clock: clock, random: random, audit: audit)
        try await driver.migrate(Schema.migrations, at: clock.now())
        let signingKeys = SigningKeys(
            environment: environment, masterKey: masterKey, settings: settings.signing,
            keptAfterRetirement: settings.sessions.longest + .seconds(3600))
        try await signingKeys.load(makesKeys: makesKeys)
        let hasher = try PasswordHasher(settings.hashing, random: random)
        return Accounts(environment, settings, hasher, signingKeys, masterKey)
    }

    /// Whether the store holds anything that only a master key opens; brings it to this program's schema first.
    public static func hasSealedRows(
        in driver: some SQLDriver, clock: WallClock = .system
    ) async throws(GatehouseError) -> Bool {
        try await driver.migrate(Schema.migrations, at: clock.now())
        return try await driver.read { transaction throws(GatehouseError) in try SigningKeyRecord.hasAny(in: transaction) }
    }

    private init(
        _ environment: Environment, _ settings: AccountSettings, _ hasher: PasswordHasher, _ signingKeys: SigningKeys,
        _ masterKey: MasterKey
    ) {
        let cache = SessionCache(settings.sessions)
        let ending = SessionEnding(environment: environment, cache: cache)
        let throttle = Throttle(environment: environment, limits: settings.throttling, key: masterKey.derive(label: "throttle"))
        let sessions = Sessions(
            environment: environment, limits: settings.sessions, cache: cache, ending: ending,
            refreshKey: masterKey.derive(label: "refresh"))
        self.environment = environment
        self.settings = settings
        self.cache = cache
        self.sessions = sessions
        self.signingKeys = signingKeys
        users = Users(environment: environment, hasher: hasher, ending: ending)
        roles = Roles(environment: environment, cache: cache)
        signIns = SignIns(environment: environment, hasher: hasher, throttle: throttle, ending: ending)
        passwords = Passwords(environment: environment, signIns: signIns)
        firstAdministrator = FirstAdministrator(environment: environment, hasher: hasher)
    }

    /// Sees what other processes change, so that caches may be believed: they count only while it runs.
    ///
    /// - Parameter onChange: runs after every change seen, this process's own included.
    public func changeWatcher(onChange: @escaping @Sendable () -> Void = {}) -> ChangeWatcher {
        ChangeWatcher(environment: environment, cache: cache, signingKeys: signingKeys, onChange: onChange)
    }

    /// Forgets what has expired.
    public func pruning() -> Pruning { Pruning(environment: environment, throttling: settings.throttling) }
}

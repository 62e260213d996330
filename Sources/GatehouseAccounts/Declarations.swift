public import GatehouseCore
public import GatehouseStore
public import GatehouseTokens
public import ServiceLifecycle

// The public face, not yet at work: each declaration moves to its own file as it is built.

private let pending = GatehouseError(.internalError, "not built yet")

/// Accounts, sessions and keys of one store: the rules, without HTTP.
public struct Accounts: Sendable {
    public let settings: AccountSettings
    public let users: Users
    public let roles: Roles
    public let passwords: Passwords
    public let signIns: SignIns
    public let sessions: Sessions
    public let signingKeys: SigningKeys
    public let firstAdministrator: FirstAdministrator

    // Coming: static func open(driver: some SQLDriver, masterKey: MasterKey, settings: AccountSettings = .init(), clock: WallClock = .system,
    //     random: RandomSource = .system, audit: AuditSink = .none) async throws(GatehouseError) -> Accounts
    // Coming: static func hasSealedRows(in driver: some SQLDriver) async throws(GatehouseError) -> Bool (migrates first)

    /// Watches the store for changes of other processes; caches count only while it runs. `onChange` runs after every change seen.
    public func changeWatcher(onChange: @escaping @Sendable () -> Void = {}) -> ChangeWatcher { ChangeWatcher() }
    /// Forgets what has expired, every ten minutes.
    public func pruning() -> Pruning { Pruning() }
}

public struct ChangeWatcher: Service { public func run() async throws { throw pending } }
public struct Pruning: Service { public func run() async throws { throw pending } }

public struct Users: Sendable {
    public func create(_ new: NewUser, by actor: Principal.Identity? = nil) async throws(GatehouseError) -> User { throw pending }
    public func find(id: String, in scope: TenantScope = .everyTenant) async throws(GatehouseError) -> User? { throw pending }
    /// By user name or e-mail address, in any spelling.
    public func find(name: String, in scope: TenantScope = .everyTenant) async throws(GatehouseError) -> User? { throw pending }
    public func list(in scope: TenantScope, after username: String = "", limit: Int = 100) async throws(GatehouseError) -> [User] {
        throw pending
    }
    public func roles(of id: String, in scope: TenantScope) async throws(GatehouseError) -> Set<Role> { throw pending }
    public func setRoles(_ roles: Set<Role>, of id: String, in tenant: Tenant.ID = .default, by actor: Principal.Identity? = nil)
        async throws(GatehouseError)
    { throw pending }
    /// Ends all sessions of the user.
    public func setPassword(
        _ password: Secret<String>, of id: String, mustChange: Bool = false, in scope: TenantScope = .everyTenant,
        by actor: Principal.Identity? = nil
    ) async throws(GatehouseError) { throw pending }
    /// Ends all sessions of the user.
    public func disable(id: String, in scope: TenantScope = .everyTenant, by actor: Principal.Identity? = nil) async throws(GatehouseError)
    { throw pending }
    public func enable(id: String, in scope: TenantScope = .everyTenant, by actor: Principal.Identity? = nil) async throws(GatehouseError) {
        throw pending
    }
}

public struct Roles: Sendable {
    /// Makes a role, or gives an existing one exactly these permissions.
    public func define(_ role: Role, permissions: Set<Permission>, in tenant: Tenant.ID = .default, by actor: Principal.Identity? = nil)
        async throws(GatehouseError)
    { throw pending }
    public func list(in scope: TenantScope) async throws(GatehouseError) -> [RoleRecord] { throw pending }
}

public struct Passwords: Sendable {
    /// Own password change: proves `current`, ends the user's other sessions, gives this one another cookie secret (`nil` for a session without).
    /// Throws `invalid_credentials`, `too_many_attempts`, `password_rejected` (with fields), `server_busy`.
    public func change(in session: LiveSession, current: Secret<String>, new: Secret<String>, address: String?) async throws(GatehouseError)
        -> Secret<String>?
    { throw pending }
}

public struct SignIns: Sendable {
    /// Throws `invalid_credentials`, `too_many_attempts`, `server_busy` (both with retryAfter), `password_change_required`, `password_rejected`.
    public func signIn(_ attempt: SignInAttempt) async throws(GatehouseError) -> User { throw pending }
}

public struct Sessions: Sendable {
    /// `replacing` is the id of a session that the same browser had: it ends.
    public func start(
        for user: User, kind: LiveSession.Kind, withRefreshToken: Bool = true, replacing old: String? = nil, address: String? = nil,
        userAgent: String? = nil
    ) async throws(GatehouseError) -> StartedSession { throw pending }
    /// Synchronous, about a microsecond; `nil` says nothing: ask `find`.
    public func cached(cookieSecret: String) -> LiveSession? { nil }
    public func cached(id: String) -> LiveSession? { nil }
    /// `nil` for a secret that is none, or of a session that is over. Throws `store_unavailable`.
    public func find(cookieSecret: String) async throws(GatehouseError) -> LiveSession? { throw pending }
    public func find(id: String) async throws(GatehouseError) -> LiveSession? { throw pending }
    /// Synchronous: whether `touch` would write. At most one caller a minute hears `true`.
    public func claimTouch(_ session: LiveSession) -> Bool { false }
    /// Writes activity, after `claimTouch` said so.
    public func touch(_ session: LiveSession) async throws(GatehouseError) { throw pending }
    /// Where `needsRotation`: the new cookie secret; `nil` if another request was first.
    public func rotate(_ session: LiveSession, cookieSecret: String) async throws(GatehouseError) -> Secret<String>? { throw pending }
    /// Throws `invalid_grant`.
    public func refresh(_ token: Secret<String>, address: String? = nil) async throws(GatehouseError) -> RefreshedSession { throw pending }
    /// Idempotent.
    public func end(id: String, by actor: Principal.Identity? = nil, address: String? = nil) async throws(GatehouseError) { throw pending }
    public func end(refreshToken: Secret<String>, address: String? = nil) async throws(GatehouseError) { throw pending }
    public func endAll(of user: String, except kept: String? = nil, by actor: Principal.Identity? = nil) async throws(GatehouseError) {
        throw pending
    }
}

public struct SigningKeys: Sendable {
    /// The keys of this moment; synchronous. Another ring (by fingerprint) after a change.
    public var ring: KeyRing { get throws(GatehouseError) { throw pending } }
}

public struct FirstAdministrator: Sendable {
    public enum Outcome: Sendable {
        /// There is or was a user.
        case none
        /// Made with the given password.
        case given
        /// Made with this one, which must be changed at the first sign-in.
        case random(Secret<String>)
    }

    /// Throws `configuration_invalid` for a password under 12 characters.
    public func ensure(password: Secret<String>? = nil) async throws(GatehouseError) -> Outcome { throw pending }
}

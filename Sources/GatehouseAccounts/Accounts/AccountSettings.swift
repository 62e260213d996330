public import GatehouseTokens

/// The lifetimes and limits of accounts; the defaults are those of `docs/security.md`.
public struct AccountSettings: Sendable {
    public var sessions = SessionLimits()
    public var hashing = HashingLimits()
    public var throttling = ThrottleLimits()
    public var signing = SigningSettings()
    public var apiKeys = APIKeyLimits()
    /// Hears of every password that is hashed, right or wrong: refusals have to cost the same.
    package var onHash: @Sendable () -> Void = {}

    public init() {}
}

/// How long sessions and what belongs to them last.
public struct SessionLimits: Sendable, Hashable {
    /// Without activity a session with a cookie ends after this.
    public var cookieIdle: Duration = .seconds(30 * 60)
    /// A session with a cookie ends after this whatever happens.
    public var cookieAbsolute: Duration = .seconds(12 * 3600)
    /// Without activity a session without a cookie ends after this.
    public var tokenIdle: Duration = .seconds(24 * 3600)
    /// A session without a cookie ends after this whatever happens.
    public var tokenAbsolute: Duration = .seconds(30 * 24 * 3600)
    /// How long a rotated cookie secret works on.
    public var rotationGrace: Duration = .seconds(10)
    /// How long a used refresh token gives the same child again.
    public var refreshGrace: Duration = .seconds(10)
    /// Activity is written at most this often.
    public var activityInterval: Duration = .seconds(60)
    /// Cached sessions count only while the store's change counter was confirmed within this.
    public var cacheConfirmation: Duration = .seconds(1)
    /// How many sessions are held in memory.
    public var cacheCapacity = 50_000

    public init() {}

    /// No session is live longer, and no token is valid longer than its session.
    var longest: Duration { max(cookieAbsolute, tokenAbsolute) }
}

/// How passwords are hashed (Argon2id, RFC 9106), and how much of that may wait.
public struct HashingLimits: Sendable, Hashable {
    public var memoryKiB = 19 * 1024
    public var iterations = 2
    /// How many passwords are hashed at the same time; each takes `memoryKiB`.
    public var threads = 2
    /// How many may be hashed or wait; more are `server_busy`. One address holds at most a quarter of them.
    public var queue = 64

    public init() {}
}

/// How failed sign-ins slow down further ones.
public struct ThrottleLimits: Sendable, Hashable {
    /// Failures of one account from one address that cost nothing.
    public var freeFailures = 5
    /// Failures of one account over all addresses after which addresses wait from which it never signed in.
    public var freeFailuresOverall = 20
    /// The first delay; each further failure doubles it.
    public var firstDelay: Duration = .seconds(1)
    public var longestDelay: Duration = .seconds(15 * 60)
    /// Failures are forgotten after this long without another.
    public var forgetAfter: Duration = .seconds(24 * 3600)

    public init() {}
}

/// How API keys are kept.
public struct APIKeyLimits: Sendable, Hashable {
    /// How many keys of a user work at the same time.
    public var perUser = 100
    /// A use is written at most this often.
    public var useInterval: Duration = .seconds(60)
    /// The longest that a key may work on after another was made in its place.
    public var longestOverlap: Duration = .seconds(30 * 24 * 3600)

    public init() {}
}

/// What our own tokens are signed with.
public struct SigningSettings: Sendable {
    /// The algorithm of the keys that are made.
    public var algorithm: SigningAlgorithm = .ES256
    /// A key of one's own; then none is made, and one that was made before is retired.
    public var key: SigningKey?
    /// A key signs this long before the next one takes over; `nil` for as long as nobody rotates.
    public var rotationInterval: Duration? = .seconds(90 * 24 * 3600)
    /// A key is published this long before it signs.
    public var publishDelay: Duration = .seconds(24 * 3600)

    public init() {}
}

import GatehouseCore

/// What is known of a remote key set, and what to do when somebody asks for a key. It fetches nothing and knows no clock.
struct KeySetState: Sendable {
    enum Step {
        /// The keys at hand will do, or nothing better can be had.
        case use(KeyRing)
        /// They will do, but it is time for others.
        case refresh(KeyRing)
        /// They will not do: fetch.
        case fetch
        /// They will not do, and a fetch is under way.
        case wait
        /// There are none, and it is too early to ask again.
        case unavailable(retryAfter: Duration)
    }

    private let settings: KeySetSettings
    private(set) var ring: KeyRing?
    private(set) var fetchedAt: Timestamp?
    private(set) var freshUntil: Timestamp?
    private(set) var failure: GatehouseError?
    private var failures = 0
    private var retryAt: Timestamp?
    /// When a fetch was last made for the sake of an unknown `kid`.
    private var soughtAt: Timestamp?
    /// Somebody was told to fetch, and has not come back.
    var isBusy = false
    var waiting = 0

    init(_ settings: KeySetSettings) { self.settings = settings }

    var usableUntil: Timestamp? { freshUntil.map { $0 + settings.staleFor } }

    /// What to do for a token with this `kid`. One without a name fetches nothing while there are keys.
    func step(for kid: String?, at now: Timestamp) -> Step {
        guard let ring = usableRing(at: now) else {
            if isBusy { return waiting < settings.maximumWaiters ? .wait : .unavailable(retryAfter: .seconds(1)) }
            return mayFetch(at: now) ? .fetch : .unavailable(retryAfter: pause(at: now))
        }
        if Self.knows(ring, kid) { return isFresh(at: now) || isBusy || !mayFetch(at: now) ? .use(ring) : .refresh(ring) }
        if isBusy { return waiting < settings.maximumWaiters ? .wait : .use(ring) }
        return mayFetch(at: now) && !isCoolingDown(at: now) ? .fetch : .use(ring)
    }

    /// What there is after a fetch that was made or waited for.
    mutating func settle(for kid: String?, at now: Timestamp) -> Step {
        guard let ring = usableRing(at: now) else { return .unavailable(retryAfter: pause(at: now)) }
        if !Self.knows(ring, kid) { soughtAt = now }
        return .use(ring)
    }

    /// A fetch for the sake of this `kid` begins.
    mutating func begin(for kid: String?, at now: Timestamp) {
        isBusy = true
        if let ring = usableRing(at: now), !Self.knows(ring, kid) { soughtAt = now }
    }

    /// Keys came. A set without a usable key takes the old ones away all the same: the issuer lists them no more.
    mutating func finish(_ ring: KeyRing, maxAge: Duration?, askedAt: Timestamp, at now: Timestamp) {
        let age = min(max(maxAge ?? settings.defaultAge, settings.age.lowerBound), settings.age.upperBound)
        self.ring = ring
        fetchedAt = askedAt
        freshUntil = askedAt + age
        guard !ring.verificationKeys.isEmpty else {
            fail(GatehouseError(.keysUnavailable, "The key set has no usable key."), at: now)
            return
        }
        isBusy = false
        failures = 0
        failure = nil
        retryAt = nil
    }

    mutating func fail(_ error: GatehouseError, at now: Timestamp) {
        isBusy = false
        failure = error
        retryAt = now + min(settings.firstBackOff * (1 << min(failures, 16)), settings.longestBackOff)
        failures = min(failures + 1, 16)
    }

    private static func knows(_ ring: KeyRing, _ kid: String?) -> Bool { kid == nil || ring.key(named: kid) != nil }

    /// The keys, unless they are too old. A clock that was set back does not make them younger than they are by more than the longest age.
    private func usableRing(at now: Timestamp) -> KeyRing? {
        guard let ring, !ring.verificationKeys.isEmpty, let usableUntil, now < usableUntil else { return nil }
        return ring
    }

    private func isFresh(at now: Timestamp) -> Bool {
        guard let fetchedAt, let freshUntil else { return false }
        return fetchedAt <= now && now < freshUntil
    }

    private func mayFetch(at now: Timestamp) -> Bool {
        guard let retryAt else { return true }
        // A clock that was set back does not make the pause longer.
        return retryAt <= now || retryAt > now + settings.longestBackOff
    }

    private func isCoolingDown(at now: Timestamp) -> Bool {
        guard let soughtAt else { return false }
        return soughtAt <= now && now < soughtAt + settings.coolDown
    }

    private func pause(at now: Timestamp) -> Duration {
        let rest = retryAt.map { $0 - now } ?? .zero
        return min(max(rest, .seconds(1)), max(settings.longestBackOff, .seconds(1)))
    }
}

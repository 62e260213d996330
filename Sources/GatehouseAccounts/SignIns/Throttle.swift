import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// Slows down guessing: per account and address, and per account over all addresses for addresses that are new to it.
///
/// Failures are counted by what is typed, so that unknown names answer alike. What an attempt found out is told only if its
/// bucket is still open when the outcome is written: of many attempts at once no more learn anything than of as many in a row.
struct Throttle: Sendable {
    let environment: Environment
    let limits: ThrottleLimits
    /// Keys the bucket names, since people type passwords where names belong.
    let key: Secret<[UInt8]>

    /// The two buckets of one attempt.
    struct Buckets: Sendable {
        let pair: [UInt8]
        let account: [UInt8]
    }

    func buckets(_ name: AccountName, address: String?) -> Buckets {
        let place = address.map { IPAddress($0)?.throttlingBucket ?? $0 } ?? "-"
        return Buckets(
            pair: HMACSHA256.tag(key, Array("pair\u{0}\(place)\u{0}\(name.canonical)".utf8)),
            account: HMACSHA256.tag(key, Array("account\u{0}\(name.canonical)".utf8)))
    }

    /// Throws `too_many_attempts` while one of the buckets is blocked.
    func check(_ buckets: Buckets, in transaction: any SQLTransaction) throws(GatehouseError) {
        let now = environment.clock.now()
        var until = try ThrottleRecord.find(buckets.pair, in: transaction)?.blockedUntil ?? now
        let overall = try ThrottleRecord.find(buckets.account, in: transaction)?.blockedUntil ?? now
        if overall > until, try !KnownAddressRecord.isKnown(buckets.pair, in: transaction) { until = overall }
        guard until > now else { return }
        throw GatehouseError(.tooManyAttempts, "Too many failed sign-ins; the next is allowed later.", retryAfter: until - now)
    }

    /// Counts a failure. Throws `too_many_attempts` when attempts beside this one have used up what was free.
    func fail(_ buckets: Buckets, in transaction: any SQLTransaction) throws(GatehouseError) {
        try check(buckets, in: transaction)
        let now = environment.clock.now()
        guard try ThrottleRecord.fail(buckets.pair, limits: pairLimits, at: now, in: transaction) else {
            return try check(buckets, in: transaction)
        }
        _ = try ThrottleRecord.fail(buckets.account, limits: overallLimits, at: now, in: transaction)
    }

    /// Forgets the failures of this account from this address, which it now has signed in from. Throws as `fail` does: the bucket
    /// is emptied only where it is open, and looked at after that.
    func succeed(_ buckets: Buckets, user: String, in transaction: any SQLTransaction) throws(GatehouseError) {
        let now = environment.clock.now()
        try ThrottleRecord.reset(buckets.pair, at: now, in: transaction)
        try check(buckets, in: transaction)
        try KnownAddressRecord(bucket: buckets.pair, user: user).note(at: now, in: transaction)
    }

    private var pairLimits: ThrottleRecord.Limits {
        ThrottleRecord.Limits(
            free: limits.freeFailures, firstDelay: limits.firstDelay, longestDelay: limits.longestDelay,
            forgetAfter: limits.forgetAfter)
    }

    private var overallLimits: ThrottleRecord.Limits {
        ThrottleRecord.Limits(
            free: limits.freeFailuresOverall, firstDelay: limits.firstDelay, longestDelay: limits.longestDelay,
            forgetAfter: limits.forgetAfter)
    }
}

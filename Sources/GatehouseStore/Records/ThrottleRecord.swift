public import GatehouseCore

/// A row of `throttles`: the failures of one bucket.
public struct ThrottleRecord: Sendable, Hashable {
    public let bucket: [UInt8]
    public let failures: Int
    public let blockedUntil: Timestamp

    /// How failures become waiting: the `free`-th one blocks for `firstDelay`, each further one twice as long up to `longestDelay`.
    public struct Limits: Sendable, Hashable {
        public let free: Int
        public let firstDelay: Duration
        public let longestDelay: Duration
        /// Failures are forgotten after this long without another.
        public let forgetAfter: Duration

        public init(free: Int, firstDelay: Duration, longestDelay: Duration, forgetAfter: Duration) {
            self.free = free
            self.firstDelay = firstDelay
            self.longestDelay = longestDelay
            self.forgetAfter = forgetAfter
        }

        /// How long the first failure blocks.
        var delayAfterFirst: Duration { free <= 1 ? firstDelay : .zero }

        /// How long a further failure blocks, as an expression in `failures` before it.
        var delayAfterNext: SQLText {
            """
            CASE WHEN throttles.failures + 1 < \(free) THEN 0
                WHEN throttles.failures + 1 - \(again: 1) >= \(doublings) THEN \(longestDelay)
                ELSE CAST(\(firstDelay) AS BIGINT) << CAST(throttles.failures + 1 - \(again: 1) AS INTEGER) END
            """
        }

        /// How often `firstDelay` doubles before it would pass `longestDelay`.
        private var doublings: Int {
            var delay = max(firstDelay.inMicroseconds, 1)
            var count = 0
            while delay < longestDelay.inMicroseconds, count < 30 {
                let (doubled, overflow) = delay.multipliedReportingOverflow(by: 2)
                if overflow { break }
                delay = doubled
                count += 1
            }
            return count
        }
    }

    /// Counts a failure unless the bucket is blocked at `now`; whether it did. Of many that race each counts or finds it blocked.
    public static func fail(
        _ bucket: [UInt8], limits: Limits, at now: Timestamp, in transaction: any SQLTransaction
    ) throws(GatehouseError) -> Bool {
        let delay = limits.delayAfterFirst
        return try transaction.run(
            """
            INSERT INTO throttles (bucket, failures, failed_at, blocked_until) VALUES (\(bucket), 1, \(now), \(now + delay))
            ON CONFLICT (bucket) DO UPDATE SET
                failures = CASE WHEN throttles.failed_at <= \(now - limits.forgetAfter) THEN 1 ELSE throttles.failures + 1 END,
                failed_at = excluded.failed_at,
                blocked_until = CASE WHEN throttles.failed_at <= \(again: 4) THEN excluded.blocked_until
                    ELSE excluded.failed_at + \(sql: limits.delayAfterNext) END
            WHERE throttles.blocked_until <= excluded.failed_at
            """) == 1
    }

    public static func find(_ bucket: [UInt8], in transaction: any SQLTransaction) throws(GatehouseError) -> ThrottleRecord? {
        let rows = try transaction.rows("SELECT bucket, failures, blocked_until FROM throttles WHERE bucket = \(bucket)")
        guard var row = rows.first else { return nil }
        return ThrottleRecord(bucket: try row.next(), failures: try row.next(), blockedUntil: try row.next())
    }

    /// Forgets the failures of a bucket unless it is blocked.
    public static func reset(_ bucket: [UInt8], at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run("DELETE FROM throttles WHERE bucket = \(bucket) AND blocked_until <= \(now)")
    }

    /// Forgets the buckets whose last failure was before `moment`.
    public static func prune(before moment: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run("DELETE FROM throttles WHERE failed_at < \(moment)")
    }
}

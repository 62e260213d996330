import Foundation

/// What a stretch of work cost this process.
public struct Meter {
    private typealias Counter = @convention(c) () -> UInt64

    private let counter: Counter?
    private let startedAt: UInt64
    private let allocatedBefore: UInt64

    /// Starts to measure. Allocations are counted where the counter of `MallocCount` was loaded before the program.
    public init() {
        counter = dlsym(nil, "allocation_count").map { unsafeBitCast($0, to: Counter.self) }
        allocatedBefore = counter?() ?? 0
        startedAt = Self.processorTime()
    }

    /// Nanoseconds of processor time of all threads, and allocations, `-1` where nobody counts them.
    public func read() -> (nanoseconds: UInt64, allocations: Int64) {
        let nanoseconds = Self.processorTime() - startedAt
        return (nanoseconds, counter.map { Int64($0() - allocatedBefore) } ?? -1)
    }

    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

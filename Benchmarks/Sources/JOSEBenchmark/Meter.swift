#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What one operation costs: CPU time of this thread and, under the counting interposer, allocations.
struct Cost {
    var microseconds: Double
    var allocations: Double?
}

enum Meter {
    /// The interposer's counter, where it is preloaded.
    private static let allocationCount: (@convention(c) () -> UInt64)? = {
        guard let symbol = dlsym(nil, "gatehouse_malloc_count") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) () -> UInt64).self)
    }()

    static func cpuNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func measure(_ count: Int, _ body: () throws -> Void) rethrows -> Cost {
        let allocationsBefore = allocationCount?()
        let before = cpuNanoseconds()
        for _ in 0..<count { try body() }
        let spent = cpuNanoseconds() - before
        let allocations = allocationCount.flatMap { counter in allocationsBefore.map { counter() - $0 } }
        return Cost(microseconds: Double(spent) / 1000 / Double(count), allocations: allocations.map { Double($0) / Double(count) })
    }
}

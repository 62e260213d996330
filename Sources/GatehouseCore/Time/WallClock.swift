#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the time of day comes from; tests hand in their own.
public struct WallClock: Sendable {
    private let read: @Sendable () -> Timestamp

    public init(_ read: @escaping @Sendable () -> Timestamp) { self.read = read }

    public func now() -> Timestamp { read() }

    /// The system's clock.
    public static let system = WallClock {
        Timestamp(microseconds: Int64(exactly: (Date().timeIntervalSince1970 * 1_000_000).rounded(.down)) ?? 0)
    }
}

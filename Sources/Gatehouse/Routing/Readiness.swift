import Synchronization

/// Something that must work before the gateway is ready.
public struct ReadinessCheck: Sendable {
    public let name: String
    /// `nil` when all is well, else what is wrong, in words that an anonymous client may read.
    public let check: @Sendable () async -> String?

    public init(_ name: String, _ check: @escaping @Sendable () async -> String?) {
        self.name = name
        self.check = check
    }
}

/// The checks as they stand when the server starts; the route that runs them is added before most of them are.
final class Readiness: Sendable {
    private let current = Mutex<[ReadinessCheck]>([])

    var checks: [ReadinessCheck] { current.withLock { $0 } }

    func replace(_ checks: [ReadinessCheck]) { current.withLock { $0 = checks } }
}

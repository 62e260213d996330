public import GatehouseCore
import Synchronization

/// The keys of an issuer who publishes them at a URL (RFC 7517 section 5).
///
/// Kept as long as the answer says, within bounds; refetched for an unknown `kid` at most once in a cool-down, however many ask; used
/// past their time, within bounds, while the issuer does not answer. One fetch at a time. While `run()` runs, it is what fetches, and
/// nobody whose key is at hand ever waits; otherwise whoever needs a fetch makes it.
public final class RemoteKeySet: Sendable {
    /// Where the set is; see `KeySetURL`.
    public let url: String
    private let settings: KeySetSettings
    private let fetch: KeySetFetch
    private let clock: WallClock
    private let report: @Sendable (KeySetStatus) -> Void
    private let shared: Mutex<Shared>

    private struct Shared {
        var state: KeySetState
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// What wakes `run()`; `nil` while it does not run.
        var bell: AsyncStream<Void>.Continuation?
        /// `run()` was told to fetch and has not begun.
        var isWanted = false
        var runs = 0
    }

    /// - Parameter report: hears how the set stands after every fetch, good or bad.
    ///
    /// Throws `configuration_invalid` for a URL that is neither https nor http on this machine.
    public init(
        url: String, settings: KeySetSettings = KeySetSettings(), clock: WallClock = .system,
        report: @escaping @Sendable (KeySetStatus) -> Void = { _ in }, fetch: @escaping KeySetFetch
    ) throws(GatehouseError) {
        self.url = try KeySetURL(url).text
        self.settings = settings
        self.fetch = fetch
        self.clock = clock
        self.report = report
        shared = Mutex(Shared(state: KeySetState(settings)))
    }

    /// The keys for a token with this `kid`: those at hand, or, if that one is not among them, what a fetch brings.
    ///
    /// An unknown `kid` gets the keys without it once a fetch has been tried. Throws `keys_unavailable` with `retryAfter` where there are
    /// none at all, or only too old ones.
    public func ring(for kid: String?) async throws(GatehouseError) -> KeyRing {
        switch decide(for: kid) {
        case .use(let ring): return ring
        case .unavailable(let pause): throw unavailable(pause)
        case .fetch, .refresh: await fetchNow()
        case .wait: await nextFetch()
        }
        let now = clock.now()
        switch shared.withLock({ $0.state.settle(for: kid, at: now) }) {
        case .use(let ring): return ring
        case .unavailable(let pause): throw unavailable(pause)
        default: throw unavailable(.seconds(1))
        }
    }

    /// The keys, if they can be used without waiting for anything.
    public var current: KeyRing? {
        let now = clock.now()
        return shared.withLock { shared in
            switch shared.state.step(for: nil, at: now) {
            case .use(let ring): return ring
            case .refresh(let ring) where shared.bell != nil:
                Self.want(&shared, for: nil, at: now)
                return ring
            default: return nil
            }
        }
    }

    public var status: KeySetStatus { status(shared.withLock { $0.state }) }

    /// Fetches the keys now, and then whenever they are needed. Returns when it is cancelled.
    public func run() async {
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let now = clock.now()
        let (run, earlier) = shared.withLock { shared in
            defer { shared.bell = bell }
            shared.runs &+= 1
            if !shared.state.isBusy { Self.want(&shared, for: nil, at: now) }
            return (shared.runs, shared.bell)
        }
        earlier?.finish()
        bell.yield()
        for await _ in rings {
            let isWanted = shared.withLock { shared in
                defer { shared.isWanted = false }
                return shared.isWanted
            }
            if isWanted { await fetchNow() }
        }
        let left = shared.withLock { $0.runs == run ? Self.close(&$0) : [] }
        for waiter in left { waiter.resume() }
    }

    /// What to do, with all that must happen at the same moment.
    private func decide(for kid: String?) -> KeySetState.Step {
        let now = clock.now()
        return shared.withLock { shared in
            let step = shared.state.step(for: kid, at: now)
            switch step {
            case .use, .wait, .unavailable: return step
            case .refresh(let ring) where shared.bell != nil:
                Self.want(&shared, for: kid, at: now)
                return .use(ring)
            case .fetch where shared.bell != nil:
                Self.want(&shared, for: kid, at: now)
                return .wait
            case .fetch, .refresh:
                shared.state.begin(for: kid, at: now)
                return step
            }
        }
    }

    private static func want(_ shared: inout Shared, for kid: String?, at now: Timestamp) {
        shared.state.begin(for: kid, at: now)
        shared.isWanted = true
        shared.bell?.yield()
    }

    /// `run()` ends: what it was told to do and did not begin, nobody does.
    private static func close(_ shared: inout Shared) -> [CheckedContinuation<Void, Never>] {
        shared.bell = nil
        guard shared.isWanted else { return [] }
        shared.isWanted = false
        shared.state.isBusy = false
        return takeWaiters(&shared)
    }

    private static func takeWaiters(_ shared: inout Shared) -> [CheckedContinuation<Void, Never>] {
        defer {
            shared.waiters = []
            shared.state.waiting = 0
        }
        return shared.waiters
    }

    /// Returns when the fetch that is under way has ended.
    private func nextFetch() async {
        await withCheckedContinuation { continuation in
            let hasEnded = shared.withLock { shared in
                guard shared.state.isBusy else { return true }
                shared.waiters.append(continuation)
                shared.state.waiting += 1
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func fetchNow() async {
        let askedAt = clock.now()
        let outcome: Result<(KeyRing, Duration?), GatehouseError>
        do throws(GatehouseError) {
            outcome = .success(try await load())
        } catch {
            outcome = .failure(error)
        }
        let now = clock.now()
        let (waiters, state) = shared.withLock { shared in
            switch outcome {
            case .success(let (ring, maxAge)): shared.state.finish(ring, maxAge: maxAge, askedAt: askedAt, at: now)
            case .failure(let error): shared.state.fail(error, at: now)
            }
            return (Self.takeWaiters(&shared), shared.state)
        }
        for waiter in waiters { waiter.resume() }
        report(status(state))
    }

    private func load() async throws(GatehouseError) -> (KeyRing, Duration?) {
        let fetched: FetchedKeySet
        do {
            fetched = try await fetch(url)
        } catch {
            throw GatehouseError(.keysUnavailable, "The key set at \(url) could not be fetched.", cause: error)
        }
        guard fetched.json.count <= settings.maximumBytes else {
            throw GatehouseError(.keysUnavailable, "The key set at \(url) has more than \(settings.maximumBytes) bytes.")
        }
        do throws(GatehouseError) {
            return (try KeyRing(JWKSet(json: fetched.json)), fetched.maxAge)
        } catch {
            throw GatehouseError(.keysUnavailable, "What is at \(url) is no key set.", cause: error)
        }
    }

    private func unavailable(_ pause: Duration) -> GatehouseError {
        GatehouseError(.keysUnavailable, "There are no usable keys from \(url).", cause: status.failure, retryAfter: pause)
    }

    private func status(_ state: KeySetState) -> KeySetStatus {
        KeySetStatus(
            url: url, keyNames: state.ring?.verificationKeys.compactMap(\.kid).sorted() ?? [], fetchedAt: state.fetchedAt,
            freshUntil: state.freshUntil, usableUntil: state.usableUntil, failure: state.failure)
    }
}

import GatehouseCore
import GatehouseTokens
import Synchronization

/// Sessions looked up before, in front of the store; may be lost at any moment.
///
/// What it holds counts only while the change watcher has confirmed, within `cacheConfirmation`, that nothing was changed elsewhere.
final class SessionCache: Sendable {
    /// A point in the sequence of everything that was dropped: what was read before it is not put in after it.
    struct Generation: Sendable, Equatable {
        fileprivate var number: UInt64 = 0
    }

    fileprivate struct Cookie {
        let session: String
        /// When a rotated secret stops working; `nil` for the current one.
        let until: Timestamp?
    }

    fileprivate struct State {
        var sessions: [String: LiveSession] = [:]
        var cookies: [SHA256Digest: Cookie] = [:]
        var generation = Generation()
        /// The store's change counter, and when we last knew that it stood there.
        var counter: Int64?
        var confirmedAt: Timestamp?
    }

    private let capacity: Int
    private let confirmation: Duration
    private let state = Mutex(State())

    init(_ limits: SessionLimits) {
        capacity = limits.cacheCapacity
        confirmation = limits.cacheConfirmation
    }

    func session(cookie: SHA256Digest, at now: Timestamp) -> LiveSession? {
        let found = state.withLock { state -> LiveSession? in
            guard isConfirmed(state, at: now), let cookie = state.cookies[cookie] else { return nil }
            if let until = cookie.until, now >= until { return nil }
            return state.sessions[cookie.session]
        }
        guard let found, found.isLive(at: now) else { return nil }
        return found
    }

    func session(id: String, at now: Timestamp) -> LiveSession? {
        let found = state.withLock { state in isConfirmed(state, at: now) ? state.sessions[id] : nil }
        guard let found, found.isLive(at: now) else { return nil }
        return found
    }

    var generation: Generation { state.withLock { $0.generation } }

    /// Puts in what was read after `generation` was taken, unless something was dropped since.
    func insert(_ session: LiveSession, cookie: SHA256Digest? = nil, until: Timestamp? = nil, readAt generation: Generation) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.sessions.count >= capacity || state.cookies.count >= capacity {
                state.sessions.removeAll(keepingCapacity: true)
                state.cookies.removeAll(keepingCapacity: true)
            }
            state.sessions[session.id] = session
            if let cookie { state.cookies[cookie] = Cookie(session: session.id, until: until) }
        }
    }

    func drop(_ id: String) {
        state.withLock { state in
            state.sessions[id] = nil
            state.generation.number &+= 1
        }
    }

    func dropAll() {
        state.withLock { $0.dropAll() }
    }

    /// Whether `counter` is another than the one confirmed last.
    func hasMoved(_ counter: Int64) -> Bool { state.withLock { $0.counter != counter } }

    /// The store's counter stood at `counter` at `moment` or later; drops everything if it stood elsewhere before.
    func confirm(_ counter: Int64, at moment: Timestamp) {
        state.withLock { state in
            if state.counter != counter { state.dropAll() }
            state.counter = counter
            state.confirmedAt = moment
        }
    }

    /// A confirmation from the future comes of a clock set back and counts as none.
    private func isConfirmed(_ state: borrowing State, at now: Timestamp) -> Bool {
        guard let confirmedAt = state.confirmedAt else { return false }
        return confirmedAt <= now && now < confirmedAt + confirmation
    }
}

extension SessionCache.State {
    fileprivate mutating func dropAll() {
        sessions.removeAll(keepingCapacity: true)
        cookies.removeAll(keepingCapacity: true)
        generation.number &+= 1
    }
}

import GatehouseCore
import GatehouseTokens
import Synchronization

/// Sessions looked up before, in front of the store; may be lost at any moment, and count only while they are confirmed.
final class SessionCache: Sendable {
    fileprivate struct Cookie {
        let session: String
        /// When a rotated secret stops working; `nil` for the current one.
        let until: Timestamp?
    }

    fileprivate struct Entry {
        let session: LiveSession
        var cookies: [SHA256Digest] = []
    }

    /// What is no longer held, to be freed when the lock is open again.
    fileprivate struct Dropped {
        var sessions: [String: Entry] = [:]
        var cookies: [SHA256Digest: Cookie] = [:]
    }

    fileprivate struct State {
        var sessions: [String: Entry] = [:]
        var cookies: [SHA256Digest: Cookie] = [:]
        var confirmation: Confirmation
    }

    private let capacity: Int
    private let grace: Duration
    private let state: Mutex<State>

    init(_ limits: SessionLimits) {
        capacity = limits.cacheCapacity
        grace = limits.rotationGrace
        state = Mutex(State(confirmation: Confirmation(lifetime: limits.cacheConfirmation)))
    }

    func session(cookie: SHA256Digest, at now: Timestamp) -> LiveSession? {
        let found = state.withLock { state -> LiveSession? in
            guard state.confirmation.holds(at: now), let cookie = state.cookies[cookie] else { return nil }
            // On both sides of the rotation, so that a clock set back makes the grace no longer.
            if let until = cookie.until, now >= until || until >= now + grace + grace { return nil }
            return state.sessions[cookie.session]?.session
        }
        guard let found, found.isLive(at: now) else { return nil }
        return found
    }

    func session(id: String, at now: Timestamp) -> LiveSession? {
        let found = state.withLock { state in state.confirmation.holds(at: now) ? state.sessions[id]?.session : nil }
        guard let found, found.isLive(at: now) else { return nil }
        return found
    }

    var generation: Confirmation.Generation { state.withLock { $0.confirmation.generation } }

    /// Puts in what was read after `generation` was taken, unless something was dropped since.
    func insert(_ session: LiveSession, cookie: SHA256Digest? = nil, until: Timestamp? = nil, readAt generation: Confirmation.Generation) {
        _ = state.withLock { state -> Dropped in
            guard state.confirmation.generation == generation else { return Dropped() }
            var dropped = Dropped()
            if state.sessions.count >= capacity || state.cookies.count >= capacity { dropped = state.takeAll() }
            var entry = Entry(session: session)
            if let replaced = state.sessions[session.id] {
                entry.cookies = replaced.cookies
                dropped.sessions[session.id] = replaced
            }
            if let cookie, state.cookies.updateValue(Cookie(session: session.id, until: until), forKey: cookie) == nil {
                entry.cookies.append(cookie)
            }
            state.sessions[session.id] = entry
            return dropped
        }
    }

    func drop(_ id: String) {
        _ = state.withLock { state -> Entry? in
            state.confirmation.advance()
            guard let entry = state.sessions.removeValue(forKey: id) else { return nil }
            for cookie in entry.cookies { state.cookies[cookie] = nil }
            return entry
        }
    }

    func dropAll() {
        _ = state.withLock { state -> Dropped in
            state.confirmation.advance()
            return state.takeAll()
        }
    }

    /// Whether `counter` is another than the one confirmed last.
    func hasMoved(_ counter: Int64) -> Bool { state.withLock { $0.confirmation.hasMoved(counter) } }

    /// The store's counter stood at `counter` at `moment` or later; drops everything if it stood elsewhere before.
    func confirm(_ counter: Int64, at moment: Timestamp) {
        _ = state.withLock { state in state.confirmation.confirm(counter, at: moment) ? state.takeAll() : Dropped() }
    }
}

extension SessionCache.State {
    fileprivate mutating func takeAll() -> SessionCache.Dropped {
        let all = SessionCache.Dropped(sessions: sessions, cookies: cookies)
        (sessions, cookies) = ([:], [:])
        return all
    }
}

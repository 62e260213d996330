import GatehouseAccounts
import GatehouseCore
import Synchronization

/// Tokens that were handed to upstreams lately: signing one for every request would cost more than forwarding it.
final class UpstreamTokens: Sendable {
    private struct Key: Hashable {
        let session: String
        let until: Timestamp?
        let audience: Gate.Audience
    }

    private struct Entry {
        let token: String
        let freshUntil: Timestamp
        /// What the token says; roles change while a session goes on.
        let roles: Set<Role>
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let tokens: AccessTokens
    private let clock: WallClock
    private let capacity = 10_000

    init(tokens: AccessTokens, clock: WallClock) {
        self.tokens = tokens
        self.clock = clock
    }

    /// The token is at least half of its life from its end, and names the roles of now.
    func token(for session: LiveSession, until end: Timestamp?, audience: Gate.Audience) throws(GatehouseError) -> String {
        let key = Key(session: session.id, until: end, audience: audience)
        let now = clock.now()
        if let entry = entries.withLock({ $0[key] }), now < entry.freshUntil, entry.roles == session.roles { return entry.token }
        let issued = try tokens.issue(for: session, audience: audience, until: end)
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(token: issued.token, freshUntil: now + .seconds(issued.expiresIn / 2), roles: session.roles)
        }
        return issued.token
    }

    /// Forgets everything, as after a rotation of the signing keys.
    func removeAll() { entries.withLock { $0.removeAll() } }
}

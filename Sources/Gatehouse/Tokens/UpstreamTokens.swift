import GatehouseAccounts
import GatehouseCore
import Synchronization

/// Tokens that were handed to upstreams lately: signing one for every request would cost more than forwarding it.
final class UpstreamTokens: Sendable {
    private struct Key: Hashable {
        let identity: Principal.Identity
        let session: String?
        /// Of a credential without a session.
        let standing: Standing?
        let tenant: Tenant.ID
        let scopes: Set<Scope>?
        let until: Timestamp?
        let audience: Gate.Audience
    }

    private struct Entry {
        let token: String
        let freshUntil: Timestamp
        /// Whose rights the token says; they change while a session goes on.
        let principal: Principal
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let tokens: AccessTokens
    private let clock: WallClock
    private let capacity = 10_000

    init(tokens: AccessTokens, clock: WallClock) {
        self.tokens = tokens
        self.clock = clock
    }

    /// The token is at least half of its life from its end, and names the rights of now.
    func token(for grant: TokenGrant, audience: Gate.Audience) throws(GatehouseError) -> String {
        let principal = grant.principal
        let key = Key(
            identity: principal.identity, session: grant.session?.id, standing: grant.session == nil ? Standing(principal) : nil,
            tenant: principal.tenant, scopes: principal.scopes, until: grant.end, audience: audience)
        let now = clock.now()
        if let entry = entries.withLock({ $0[key] }), now < entry.freshUntil, entry.principal.hasRights(of: principal),
            entry.principal.authenticatedAt == principal.authenticatedAt
        {
            return entry.token
        }
        let issued = try tokens.issue(grant, for: audience)
        entries.withLock { entries in
            if entries.count >= capacity { entries.removeAll(keepingCapacity: true) }
            entries[key] = Entry(token: issued.token, freshUntil: now + .seconds(issued.expiresIn / 2), principal: principal)
        }
        return issued.token
    }

    /// Forgets everything, as after a rotation of the signing keys or a change of who may do what.
    func removeAll() { entries.withLock { $0.removeAll() } }
}

import GatehouseCore
import GatehouseTokens

/// All that one process remembers of the store.
struct Caches: Sendable {
    let sessions: SessionCache
    let apiKeys: LookUpCache<SHA256Digest, LiveAPIKey>
    let apiKeysByID: LookUpCache<String, LiveAPIKey>
    let accounts: LookUpCache<LiveAccount.Key, LiveAccount>
    let rights: LookUpCache<Rights.Question, Rights>
    let links: LookUpCache<Link.Name, User>
    let tenants: LookUpCache<Tenant.ID, Tenant>

    init(_ limits: SessionLimits) {
        sessions = SessionCache(limits)
        apiKeys = LookUpCache(limits)
        apiKeysByID = LookUpCache(limits)
        accounts = LookUpCache(limits)
        rights = LookUpCache(limits)
        links = LookUpCache(limits)
        tenants = LookUpCache(limits)
    }

    /// Something changed that decides who may do what.
    func dropAll() {
        sessions.dropAll()
        apiKeys.dropAll()
        apiKeysByID.dropAll()
        accounts.dropAll()
        rights.dropAll()
        links.dropAll()
        tenants.dropAll()
    }

    /// Whether `counter` is another than the one confirmed last.
    func hasMoved(_ counter: Int64) -> Bool { sessions.hasMoved(counter) }

    /// The store's counter stood at `counter` at `moment` or later; drops everything if it stood elsewhere before.
    func confirm(_ counter: Int64, at moment: Timestamp) {
        apiKeys.confirm(counter, at: moment)
        apiKeysByID.confirm(counter, at: moment)
        accounts.confirm(counter, at: moment)
        rights.confirm(counter, at: moment)
        links.confirm(counter, at: moment)
        tenants.confirm(counter, at: moment)
        // Last: it is the one that is asked whether the counter has moved.
        sessions.confirm(counter, at: moment)
    }
}

public import GatehouseCore
import GatehouseStore
public import GatehouseTokens
import Synchronization

/// A session that was live when it was looked up, with everything that deciding on a request takes.
///
/// It never changes, but for the time of the last activity and a slot for bytes that are worth making once.
public final class LiveSession: Sendable {
    public enum Kind: String, Sendable, Hashable {
        /// A browser's: it has a cookie.
        case cookie
        /// A program's: it has a refresh token only.
        case token
    }

    /// The stable id (`sid`).
    public let id: String
    public let kind: Kind
    public let user: User
    public let tenant: Tenant.ID
    public let roles: Set<Role>
    public let permissions: Set<Permission>
    public let createdAt: Timestamp
    public let authenticatedAt: Timestamp
    /// When the session ends whatever happens.
    public let absoluteEnd: Timestamp
    /// The next response should carry another cookie secret; see `Sessions.rotate`.
    public let needsRotation: Bool
    /// The principal of a request that presents this session's cookie.
    public let principal: Principal
    private let idleLimit: Duration
    private let state: Mutex<State>

    private struct State {
        var lastSeen: Timestamp
        var touched: Timestamp
        var bytes: [Principal.Credential: [UInt8]] = [:]
        /// Of the access token that was presented last.
        var token: (digest: SHA256Digest, principal: Principal)?
    }

    init(_ row: SessionOfUser, roles: Set<Role>, permissions: Set<Permission>) {
        let session = row.session
        let user = User(row.user)
        id = session.id
        kind = Kind(rawValue: session.kind) ?? .token
        self.user = user
        tenant = session.tenant
        self.roles = roles
        self.permissions = permissions
        createdAt = session.createdAt
        authenticatedAt = session.authenticatedAt
        absoluteEnd = session.expiresAt
        needsRotation = session.isRotationDue
        idleLimit = session.idleLimit
        state = Mutex(State(lastSeen: session.lastSeenAt, touched: session.lastSeenAt))
        principal = Principal(
            id: user.id, username: user.username, name: user.name, email: user.email, tenant: session.tenant, roles: roles,
            permissions: permissions, sessionID: session.id, credential: .session, authenticatedAt: session.authenticatedAt,
            expiresAt: session.expiresAt)
    }

    /// When the session ends without further activity, as far as is known here; the store may know of later activity.
    public var idleEnd: Timestamp { state.withLock { $0.lastSeen } + idleLimit }

    /// Whether neither limit has been reached at `now`, as far as is known here.
    public func isLive(at now: Timestamp) -> Bool { now < absoluteEnd && now < idleEnd }

    /// The bytes that `make` gave when first asked for `credential`, such as the body that describes the principal.
    public func bytes(for credential: Principal.Credential, orMake make: () throws -> [UInt8]) rethrows -> [UInt8] {
        if let made = state.withLock({ $0.bytes[credential] }) { return made }
        let bytes = try make()
        state.withLock { $0.bytes[credential] = bytes }
        return bytes
    }

    /// Who presents the session's access token with that SHA-256, if it was the last to be presented.
    public func principal(ofToken digest: SHA256Digest) -> Principal? {
        state.withLock { state in
            guard let token = state.token, token.digest == digest else { return nil }
            return token.principal
        }
    }

    /// Keeps who presents an access token of this session in its own tenant; whatever changes that replaces this snapshot too.
    public func keep(_ principal: Principal, ofToken digest: SHA256Digest) { state.withLock { $0.token = (digest, principal) } }

    /// Whether activity should be written now; answers `true` to one caller within `interval`.
    func claimTouch(at now: Timestamp, interval: Duration) -> Bool {
        state.withLock { state in
            guard state.touched + interval <= now else { return false }
            state.touched = now
            return true
        }
    }

    func isTouchDue(at now: Timestamp, interval: Duration) -> Bool { state.withLock { $0.touched + interval <= now } }

    /// The store has this activity.
    func confirmTouch(at now: Timestamp) {
        state.withLock { $0.lastSeen = max($0.lastSeen, now) }
    }

    /// The store could not be told; the next request tries again.
    func abandonTouch() {
        state.withLock { $0.touched = $0.lastSeen }
    }
}

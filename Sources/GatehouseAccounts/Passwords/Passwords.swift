public import GatehouseCore
import GatehouseStore
import GatehouseTokens

/// Changing one's own password.
public struct Passwords: Sendable {
    let environment: Environment
    let signIns: SignIns

    /// Sets a new password for the session's user, who proves the current one, and leaves this session to nobody else who has its
    /// secrets. Returns its new cookie secret, `nil` for a session without a cookie; the one before has no grace, the session's
    /// refresh tokens are dead, and the user's other sessions end. All of it happens or nothing.
    ///
    /// Throws `invalid_credentials`, also when the session is over, `too_many_attempts` and `server_busy` as a sign-in does, `password_rejected` naming the field.
    public func change(
        in session: LiveSession, current: Secret<String>, new: Secret<String>, address: String?
    ) async throws(GatehouseError) -> Secret<String>? {
        let user = try await signIns.prove(
            current, name: session.user.username, of: session.user.id, address: address, action: "password.change")
        let cookie = session.kind == .cookie ? environment.newSecret() : nil
        let kept = KeptSession(id: session.id, cookieHash: cookie.map { SHA256Digest(hashing: $0).bytes })
        _ = try await signIns.change(user, from: current, to: new, keeping: kept, address: address)
        return cookie.map { Secret($0) }
    }
}

/// The session in which its user changes the password.
struct KeptSession: Sendable {
    let id: String
    /// Of the next cookie secret; `nil` for a session without a cookie.
    let cookieHash: [UInt8]?

    /// Makes worthless what others may know of the session. Throws `invalid_credentials` when it is over.
    func renew(at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        guard try SessionRecord.renew(id, cookieHash: cookieHash, at: now, scope: .everyTenant, in: transaction) else {
            throw GatehouseError(.invalidCredentials, "The session ended while its user changed the password.")
        }
        try RefreshTokenRecord.deleteAll(of: id, scope: .everyTenant, in: transaction)
    }
}

public import GatehouseCore

/// Changing one's own password.
public struct Passwords: Sendable {
    let environment: Environment
    let signIns: SignIns
    let sessions: Sessions

    /// Sets a new password for the session's user, who proves the current one; ends the user's other sessions and returns this one's
    /// new cookie secret, `nil` for a session without a cookie.
    ///
    /// Throws `invalid_credentials`, `too_many_attempts` and `server_busy` as a sign-in does, `password_rejected` naming the field.
    public func change(
        in session: LiveSession, current: Secret<String>, new: Secret<String>, address: String?
    ) async throws(GatehouseError) -> Secret<String>? {
        let user = try await signIns.prove(current, name: session.user.username, address: address, action: "password.change")
        _ = try await signIns.change(user, from: current, to: new, keeping: session.id, address: address)
        return try await sessions.replaceCookie(of: session.id)
    }
}

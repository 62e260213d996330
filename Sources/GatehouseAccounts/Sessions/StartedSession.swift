public import GatehouseCore

/// A session just made, with the secrets that are shown this once.
public struct StartedSession: Sendable {
    public let session: LiveSession
    /// The value of the cookie: 32 random bytes in base64url; `nil` for a session without one.
    public let cookieSecret: Secret<String>?
    /// 32 bytes in base64url; `nil` where none was asked for.
    public let refreshToken: Secret<String>?
}

/// What a refresh token was exchanged for.
public struct RefreshedSession: Sendable {
    public let session: LiveSession
    /// The child of the token that was presented.
    public let refreshToken: Secret<String>
}

import GatehouseCore
import Hummingbird

/// What sign-in and refresh hand out (RFC 6749 section 5.1, and `csrf_token` for a cookie caller).
struct SignInAnswer: Encodable {
    let access_token: String
    let token_type = "Bearer"
    /// Seconds.
    let expires_in: Int64
    var refresh_token: String?
    var csrf_token: String?

    init(_ issued: AccessTokens.Issued, refreshToken: Secret<String>? = nil, csrfToken: String? = nil) {
        access_token = issued.token
        expires_in = issued.expiresIn
        refresh_token = refreshToken?.expose { $0 }
        csrf_token = csrfToken
    }
}

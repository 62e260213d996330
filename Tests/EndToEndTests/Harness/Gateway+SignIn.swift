import Testing

/// What a sign-in over JSON handed out.
struct SignedIn: Sendable {
    /// The value of a `Cookie` field.
    let cookie: String
    let accessToken: String
    let refreshToken: String
    let csrfToken: String

    var bearer: [String: String] { ["Authorization": "Bearer \(accessToken)"] }
    var cookieFields: [String: String] { ["Cookie": cookie] }
}

extension Gateway {
    static let password = "correct-horse-battery-4711"

    /// The environment in which the first start makes `admin` with `password`.
    static let withAdmin = ["GATEHOUSE_ADMIN_PASSWORD": password]

    func tryToSignIn(_ username: String = "admin", _ password: String = Gateway.password) async throws -> Answer {
        secrets.note(password)
        return try await send(
            "POST", "/api/auth/login", ["Content-Type": "application/json"], body: #"{"username":"\#(username)","password":"\#(password)"}"#
        )
    }

    func signIn(_ username: String = "admin", _ password: String = Gateway.password) async throws -> SignedIn {
        let answer = try await tryToSignIn(username, password)
        try #require(answer.status == 200, "\(answer.text)")
        let cookie = try #require(answer["Set-Cookie"])
        return SignedIn(
            cookie: String(cookie.prefix { $0 != ";" }), accessToken: try #require(answer.json("access_token")),
            refreshToken: try #require(answer.json("refresh_token")), csrfToken: try #require(answer.json("csrf_token")))
    }

    /// The status of `GET /api/v1/auth/me` with these credentials.
    func me(_ fields: [String: String]) async throws -> Int { try await get("/api/v1/auth/me", fields).status }

    /// Signs out as a page's script would, with the cookie.
    func signOut(_ session: SignedIn) async throws -> Int {
        try await send(
            "POST", "/api/auth/logout", ["Cookie": session.cookie, "Origin": url, "X-CSRF-Token": session.csrfToken]
        ).status
    }
}

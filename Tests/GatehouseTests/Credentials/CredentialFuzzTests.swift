import Gatehouse
import Hummingbird
import Testing

@Suite struct `Whatever stands in a request` {
    /// Pieces of which real and broken values are made.
    private static func value(_ person: Site.SignedIn, _ generator: inout Seeded) -> String {
        let pieces = [
            "Bearer", "bearer", "Basic", " ", " ", "\t", ",", ";", "; ", "=", "==", ".", "..", "gatehouse", "gatehouse=", "__Host-gatehouse=", "\"",
            "ü", "\u{1F600}", "%00", "%", "{", "}", person.token, person.refreshToken, person.cookie, String(person.token.dropLast()), "null", "0",
            String(repeating: "A", count: 300), "eyJhbGciOiJub25lIn0", "a=b", "\\",
        ]
        return (0..<Int.random(in: 0...7, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }

    /// Pieces of targets, hosts, origins and bodies.
    private static func text(_ pieces: [String], upTo count: Int, _ generator: inout Seeded) -> String {
        (0..<Int.random(in: 0...count, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
    }

    private static let pathPieces = [
        "/", "/", "api", "auth", "v1", "login", "me", "guarded", "Guarded", "%2f", "%2F", "%25", "%2e", ".", "..", ";", "%c0%ae", "%e2%84%aa", "%00",
        "?", "=", "&", "return_to=", "//evil", "%5c", "%", "%zz", "~", "sign-in", "x", "%ef%bc%8f", "%20",
    ]
    private static let hostPieces = [
        "localhost", "127.0.0.1", ":", "80", "[", "]", "::1", ".", "evil.example", "@", "http://", "https://", "null", "%", "65536", "-", "xn--a",
    ]
    private static let bodyPieces = [
        "{", "}", "[", "]", "\"", ":", ",", "username", "password", "cookie", "refresh_token", "null", "1e999", "-0", "\\u0000", "\\ud800", "=", "&",
        "%", "%00", "%ff", "+", "grant_type=password", "grant_type=refresh_token", "csrf_token", "return_to", "ü", " ", "\n", "true",
    ]

    /// A whole request made of such pieces.
    private static func request(_ site: String, _ person: Site.SignedIn, _ generator: inout Seeded) -> (method: String, text: String) {
        let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]
        let method = methods.randomElement(using: &generator) ?? "GET"
        let forms = [
            "/auth/sign-in", "/auth/password", "/auth/sign-out", "/api/v1/auth/token", "/api/auth/login", "/api/auth/refresh", "/api/auth/logout",
        ]
        let known = Bool.random(using: &generator) ? forms.randomElement(using: &generator) : nil
        let isKnownHost = Int.random(in: 0..<4, using: &generator) > 0
        var lines = ["\(method) \(known ?? "/" + text(pathPieces, upTo: 8, &generator)) HTTP/1.1"]
        lines.append("Host: \(isKnownHost ? site : text(hostPieces, upTo: 4, &generator))")
        let optional = [
            "Origin: \(Bool.random(using: &generator) ? "http://\(site)" : text(hostPieces, upTo: 4, &generator))", "Cookie: \(person.cookie)",
            "X-CSRF-Token: \(person.csrf)", "Accept: text/html", "Sec-Fetch-Mode: navigate", "Access-Control-Request-Method: \(method)",
            "X-Forwarded-For: \(text(hostPieces, upTo: 4, &generator))", "X-Forwarded-Host: \(text(hostPieces, upTo: 3, &generator))",
            "X-Forwarded-Proto: \(text(["http", "https", ",", " "], upTo: 2, &generator))",
        ]
        for line in optional where Bool.random(using: &generator) { lines.append(line) }
        let types = ["application/json", "application/x-www-form-urlencoded", "text/plain"]
        lines.append("Content-Type: \(types.randomElement(using: &generator) ?? "")")
        let body = text(bodyPieces, upTo: 12, &generator)
        return (method, (lines + ["Content-Length: \(body.utf8.count)", "Connection: close", "", body]).joined(separator: "\r\n"))
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `it is answered, and the failure is the client's`(_ seed: UInt64) async throws {
        try await Site.with(
            pages: true,
            settings: { settings in
                settings.trustedProxies = [try? AddressRange("127.0.0.0/8")].compactMap { $0 }
                settings.accounts.throttling.freeFailures = 10_000
            },
            routes: { router in
                router.signedIn("guarded/{id}").get { _, context in context.principal.username }
                router.requiring(.tenant("tenant"), "{tenant}/x").get { _, _ in "x" }
            }
        ) { site in
            let person = try await site.signIn()
            let (host, port) = (site.host, site.port)
            try await blocking {
                var generator = Seeded(state: seed)
                for _ in 0..<400 {
                    let request = Self.request(host, person, &generator)
                    let wire = try Wire(port: port)
                    try wire.send(request.text)
                    let answer = try wire.readAnswer(toHead: request.method == "HEAD")
                    #expect((200..<500).contains(answer.status), "\(request.text) \(answer)")
                    if let place = answer["Location"] { #expect(place.hasPrefix("/") && !place.hasPrefix("//"), "\(request.text) \(answer)") }
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `as a credential, nobody is taken for somebody else`(_ seed: UInt64) async throws {
        try await Site.with(routes: { router in
            router.signedIn("guarded").get { _, context in context.principal.username }
            router.open("open").get { _, context in context.identity.principal?.username ?? "nobody" }
        }) { site in
            let person = try await site.signIn()
            let (host, port) = (site.host, site.port)
            try await blocking {
                var generator = Seeded(state: seed)
                let wire = try Wire(port: port)
                for _ in 0..<300 {
                    let (authorization, cookie) = (Self.value(person, &generator), Self.value(person, &generator))
                    var lines = ["Host: \(host)"]
                    if Bool.random(using: &generator) { lines.append("Authorization: \(authorization)") }
                    if Bool.random(using: &generator) { lines.append("Cookie: \(cookie)") }
                    for (path, statuses) in [("guarded", [200, 400, 401]), ("open", [200])] {
                        try wire.send("GET /\(path) HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n")
                        let answer = try wire.readAnswer()
                        #expect(statuses.contains(answer.status), "\(lines) \(answer)")
                        if answer.status == 200 { #expect(["ada", "nobody"].contains(answer.text), "\(lines) \(answer)") }
                    }
                }
            }
        }
    }
}

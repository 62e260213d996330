import Gatehouse

/// Somebody else who issues tokens, with one key.
struct Issuer: Sendable {
    static let audience = "orders"

    let name: String
    let key: SigningKey

    init(_ name: String = "https://login.example.com") throws {
        self.name = name
        key = try SigningKey.generate(.ES256)
    }

    /// What a gate is told of it.
    func settings(_ change: (inout ForeignIssuer) -> Void = { _ in }) throws -> ForeignIssuer {
        var settings = ForeignIssuer(issuer: name, audience: [Self.audience], keys: .fixed(try KeyRing([key.verificationKey])), id: "corp")
        settings.mapping.rolesClaim = "realm_access.roles"
        change(&settings)
        return settings
    }

    func token(
        _ subject: String = "eve", audience: [String] = [audience], at now: Timestamp, lifetime: Duration = .seconds(600), typ: String = "at+jwt",
        scopes: Set<Scope>? = nil, roles: [String] = [], key: SigningKey? = nil, _ change: (inout TokenClaims) -> Void = { _ in }
    ) throws -> String {
        var claims = TokenClaims(issuer: name, subject: subject, audience: audience, expiresAt: now + lifetime)
        claims.scopes = scopes
        if !roles.isEmpty { claims.extra["realm_access"] = ["roles": .array(roles.map { .string($0) })] }
        change(&claims)
        let clock = WallClock { now }
        return try TokenIssuer(key: key ?? self.key, clock: clock).issue(typ: typ, claims: claims)
    }
}

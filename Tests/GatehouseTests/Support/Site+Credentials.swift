import Foundation
import Gatehouse
import Hummingbird
import Synchronization
import Testing

extension Site {
    /// A role of ada's with these permissions.
    func permit(_ permissions: Permission..., role: Role = "worker", to user: User? = nil, in tenant: Tenant.ID = .default) async throws {
        try await gate.accounts.roles.define(role, permissions: Set(permissions), in: tenant)
        try await gate.accounts.roles.assign([role], to: (user ?? ada).id, in: tenant)
    }

    /// A key of ada's.
    func key(
        _ scopes: Scope..., roles: Set<Role> = [], addresses: [String] = [], expiresIn: Duration? = nil, of user: User? = nil,
        in tenant: Tenant.ID = .default
    ) async throws -> (id: String, text: String) {
        let made = try await gate.accounts.apiKeys.create(
            NewAPIKey(
                name: "a key", scopes: Set(scopes), roles: roles, addresses: try addresses.map { try AddressRange($0) },
                expiresAt: expiresIn.map { clock.now + $0 }), for: (user ?? ada).id, in: tenant)
        return (made.key.id, made.text.expose { $0 })
    }

    func person(_ name: String, in tenant: Tenant.ID = .default) async throws -> User {
        try await gate.accounts.users.create(NewUser(username: name, password: Secret(Site.password), tenant: tenant))
    }

    static func basic(_ name: String, _ password: String = Site.password) -> String {
        "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
    }

    static func fixedKey(_ name: String, _ text: String, _ scopes: Scope..., tenant: Tenant.ID = .default, addresses: [AddressRange] = []) -> FixedKey
    {
        FixedKey(name: name, sha256: SHA256Digest(hashing: text).bytes, scopes: Set(scopes), tenant: tenant, addresses: addresses)
    }
}

extension Answer {
    /// Status, code and challenge in one value, for tables.
    var refusal: Refusal { Refusal(status: status, code: code, challenge: self["WWW-Authenticate"]) }

    struct Refusal: Equatable, CustomStringConvertible {
        let status: Int
        let code: String?
        let challenge: String?

        var description: String { "\(status) \(code ?? "-") \(challenge ?? "-")" }

        static let nobody = Refusal(status: 401, code: "sign_in_required", challenge: "Bearer")
        static let badToken = Refusal(status: 401, code: "invalid_token", challenge: "Bearer error=\"invalid_token\"")
        static let malformed = Refusal(status: 400, code: "malformed_credential", challenge: "Bearer error=\"invalid_request\"")
        static let several = Refusal(status: 400, code: "several_credentials", challenge: "Bearer error=\"invalid_request\"")
        static let forbidden = Refusal(status: 403, code: "forbidden", challenge: nil)
        static let badPassword = Refusal(status: 401, code: "invalid_credentials", challenge: nil)

        static func lacks(_ scope: String) -> Refusal {
            Refusal(status: 403, code: "insufficient_scope", challenge: "Bearer error=\"insufficient_scope\", scope=\"\(scope)\"")
        }
    }
}

/// Keeps the principals that come to `/who`.
final class PrincipalRecorder: Sendable {
    private let seen = Mutex<[Principal]>([])

    var routes: @Sendable (TestRouter) throws -> Void {
        { router in
            router.signedIn("who").get { _, context in
                self.seen.withLock { $0.append(context.principal) }
                return context.principal.username
            }
        }
    }

    /// Whom the fields are taken for.
    func principal(_ site: Site, _ fields: Site.Fields) async throws -> Principal {
        let answer = try await site.get("/who", fields)
        #expect(answer.status == 200, "\(fields) \(answer)")
        return try #require(seen.withLock { $0.last })
    }
}

import GatehouseAccounts
import GatehouseCore

/// A key as its owner sees it; the key itself only in the answer that makes it.
struct APIKeyBody: Encodable {
    let id: String
    let kind: String
    let name: String
    let tenant: String
    let scopes: [String]
    let roles: [String]
    let addresses: [String]
    let created_at: String
    let expires_at: String?
    let last_used_at: String?
    let revoked_at: String?
    let replaces: String?
    let key: String?

    init(_ key: APIKey, text: Secret<String>? = nil) {
        id = key.id
        kind = key.kind
        name = key.name
        tenant = key.tenant.rawValue
        scopes = key.scopes.map(\.rawValue).sorted()
        roles = key.roles.map(\.rawValue).sorted()
        addresses = key.addresses.map(\.description)
        created_at = key.createdAt.rfc3339
        expires_at = key.expiresAt?.rfc3339
        last_used_at = key.lastUsedAt?.rfc3339
        revoked_at = key.revokedAt?.rfc3339
        replaces = key.replaces
        self.key = text?.expose { $0 }
    }
}

/// What a new key is to be. Members that are not named here mean nothing: whose it is and what its owner may do are not the client's to say.
struct NewAPIKeyBody: Decodable {
    private enum CodingKeys: String, CodingKey { case name, scopes, roles, addresses, expires_at, expires_in }

    private let name: String?
    private let scopes: [String]?
    private let roles: [String]?
    private let addresses: [String]?
    private let expiresAt: String?
    private let expiresIn: Int64?
    private var problems: [FieldError]

    init(from decoder: any Decoder) throws {
        var fields = CheckedFields(try decoder.container(keyedBy: CodingKeys.self))
        name = fields.read(String.self, .name, isRequired: true)
        scopes = fields.read([String].self, .scopes, isRequired: true)
        roles = fields.read([String].self, .roles)
        addresses = fields.read([String].self, .addresses)
        expiresAt = fields.read(String.self, .expires_at)
        expiresIn = fields.read(Int64.self, .expires_in)
        problems = fields.problems
    }

    /// Throws `validation_failed` naming every field that cannot be what it should be.
    func key(at now: Timestamp) throws(GatehouseError) -> NewAPIKey {
        var problems = problems
        let scopes = Self.each(scopes, "scopes", &problems) { try Scope(validating: $0) }
        let roles = Self.each(roles, "roles", &problems) { try Role(validating: $0) }
        let addresses = Self.each(addresses, "addresses", &problems) { try AddressRange($0) }
        let end = end(at: now, &problems)
        guard problems.isEmpty, let name else {
            throw GatehouseError(.validationFailed, "A new API key was refused.", fields: problems)
        }
        return NewAPIKey(name: name, scopes: Set(scopes), roles: Set(roles), addresses: addresses, expiresAt: end)
    }

    private static func each<Value>(
        _ texts: [String]?, _ field: String, _ problems: inout [FieldError], _ read: (String) throws -> Value
    ) -> [Value] {
        (texts ?? []).compactMap { text in
            if let value = try? read(text) { return value }
            problems.append(FieldError(field: field, code: "invalid", message: "“\(text.prefix(64))” cannot stand in this list."))
            return nil
        }
    }

    private func end(at now: Timestamp, _ problems: inout [FieldError]) -> Timestamp? {
        if let expiresIn {
            if expiresAt != nil {
                problems.append(FieldError(field: "expires_in", code: "invalid", message: "Give expires_at or expires_in, not both."))
            }
            return now + .seconds(expiresIn)
        }
        guard let expiresAt else { return nil }
        guard let end = Timestamp(rfc3339: expiresAt) else {
            problems.append(
                FieldError(field: "expires_at", code: "invalid", message: "Write a time such as 2030-01-31T12:00:00Z, until the year 9999."))
            return nil
        }
        return end
    }
}

/// Another name for a key.
struct APIKeyNameBody: Decodable {
    let name: String

    private enum CodingKeys: String, CodingKey { case name }

    init(from decoder: any Decoder) throws {
        var fields = CheckedFields(try decoder.container(keyedBy: CodingKeys.self))
        let name = fields.read(String.self, .name, isRequired: true)
        try fields.finish("An API key was not renamed.")
        self.name = name ?? ""
    }
}

/// How long the old key works on, in seconds.
struct APIKeyRotationBody: Decodable {
    let overlap: Duration

    private enum CodingKeys: String, CodingKey { case overlap }

    init(from decoder: any Decoder) throws {
        var fields = CheckedFields(try decoder.container(keyedBy: CodingKeys.self))
        let seconds = fields.read(Int64.self, .overlap)
        try fields.finish("An API key was not rotated.")
        overlap = .seconds(seconds ?? 0)
    }
}

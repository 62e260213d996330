public import GatehouseCore
import GatehouseTokens

/// A key from the settings, for a caller that no account stands for; the settings hold its SHA-256 alone.
public struct FixedKey: Sendable {
    /// Who presents it: the principal's id, and its user name behind `config:`.
    public let name: String
    /// Of the key's UTF-8: 32 bytes.
    public let sha256: [UInt8]
    /// What it may do; none where it is empty.
    public let scopes: Set<Scope>
    public let tenant: Tenant.ID
    /// Where it may come from; anywhere where it is empty.
    public let addresses: [AddressRange]

    /// The provider of the principals that such keys stand for.
    public static let provider = "config"

    public init(name: String, sha256: [UInt8], scopes: Set<Scope>, tenant: Tenant.ID = .default, addresses: [AddressRange] = []) {
        self.name = name
        self.sha256 = sha256
        self.scopes = scopes
        self.tenant = tenant
        self.addresses = addresses
    }

    /// A key may do what its scopes name, and has no role.
    var principal: Principal {
        Principal(
            id: name, authProvider: Self.provider, kind: .serviceAccount, username: "\(Self.provider):\(name)", name: name, tenant: tenant,
            permissions: Set(scopes.compactMap { try? Permission(validating: $0.rawValue) }), scopes: scopes, credential: .apiKey,
            credentialID: name)
    }
}

/// The keys of the settings, ready to be compared.
struct FixedKeys: Sendable {
    /// A key and the principal that it stands for, made once.
    struct Entry: Sendable {
        let key: FixedKey
        let principal: Principal
    }

    private let entries: [Entry]

    /// Throws `configuration_invalid` for a digest that is none, and for a name or a key that stands there twice.
    init(_ keys: [FixedKey]) throws(GatehouseError) {
        for key in keys {
            guard SHA256Digest(bytes: key.sha256) != nil else { throw Self.unusable(key, "its sha256 is not 32 bytes") }
            guard Self.isName(key.name) else { throw Self.unusable(key, "a name is 1 to 128 visible ASCII characters, none of them a colon") }
        }
        for (index, key) in keys.enumerated() where keys[..<index].contains(where: { $0.name == key.name || $0.sha256 == key.sha256 }) {
            throw Self.unusable(key, "another has the same name or the same sha256")
        }
        entries = keys.map { Entry(key: $0, principal: $0.principal) }
    }

    /// The key with this text; compares with every one, in time that depends on their number alone.
    func find(_ text: String) -> Entry? {
        guard !entries.isEmpty else { return nil }
        let digest = SHA256Digest(hashing: text).bytes
        var found: Entry?
        for entry in entries where constantTimeEqual(entry.key.sha256, digest) { found = entry }
        return found
    }

    func find(name: String) -> Entry? { entries.first { $0.key.name == name } }

    private static func isName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count) && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
    }

    private static func unusable(_ key: FixedKey, _ why: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "The fixed key “\(key.name.prefix(64))” (api_keys) cannot be used: \(why).")
    }
}

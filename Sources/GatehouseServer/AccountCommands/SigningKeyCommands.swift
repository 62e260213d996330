public import Gatehouse

/// What `gatehouse signing-keys …` does to a store; running gateways obey within a second.
public enum SigningKeyCommands {
    /// A key as the command line lists it; times as in RFC 3339.
    public struct Key: Sendable, Encodable {
        public let kid: String
        public let algorithm: String
        /// `next`, `current` or `retired`.
        public let state: String
        public let createdAt: String?
        public let signsFrom: String?
        public let retiredAt: String?
        /// When a retired key is forgotten.
        public let verifiesUntil: String?

        init(_ key: SigningKeySummary) {
            kid = key.kid
            algorithm = key.algorithm
            state = key.state.rawValue
            createdAt = key.createdAt?.written
            signsFrom = key.signsFrom?.written
            retiredAt = key.retiredAt?.written
            verifiesUntil = key.verifiesUntil?.written
        }

        enum CodingKeys: String, CodingKey {
            case kid, algorithm, state
            case createdAt = "created_at"
            case signsFrom = "signs_from"
            case retiredAt = "retired_at"
            case verifiesUntil = "verifies_until"
        }
    }

    /// All keys, the newest first; before them one from the settings.
    public static func list(in configuration: Configuration) async throws(GatehouseError) -> [Key] {
        try await configuration.openAccountsReadingOnly().signingKeys.list().map(Key.init)
    }

    /// Publishes a new key, or, with `now`, lets one sign at once. Throws `configuration_invalid` beside a key from the settings.
    public static func rotate(now: Bool, in configuration: Configuration) async throws(GatehouseError) -> Key {
        Key(try await configuration.openAccounts().signingKeys.rotate(now: now))
    }

    /// Forgets a key and with it everything that it signed. Throws `not_found`.
    public static func retire(_ kid: String, in configuration: Configuration) async throws(GatehouseError) {
        try await configuration.openAccounts().signingKeys.retire(kid: kid)
    }

    /// Takes a private key in PEM or as a JWK into the store. Throws `invalid_key`, `conflict`, `configuration_invalid`.
    public static func add(
        _ text: Secret<String>, algorithm: String?, kid: String?, now: Bool, in configuration: Configuration
    ) async throws(GatehouseError) -> Key {
        let key = try SigningKey(importing: text, algorithm: try algorithm.map(Self.algorithm), kid: kid)
        return Key(try await configuration.openAccounts().signingKeys.import(key, now: now))
    }

    private static func algorithm(_ name: String) throws(GatehouseError) -> SigningAlgorithm {
        guard let algorithm = SigningAlgorithm(rawValue: name) else {
            throw GatehouseError(.invalidKey, "“\(name.prefix(32))” is no algorithm: write one such as ES256, RS256 or EdDSA.")
        }
        return algorithm
    }
}

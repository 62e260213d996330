public import GatehouseCore

/// A row of `signing_keys`; the private part is sealed under the master key, bound to this row.
public struct SigningKeyRecord: Sendable, Hashable {
    public let id: String
    public let kid: String
    public let algorithm: String
    /// The public JWK as JSON; `nil` for a symmetric key.
    public let publicJWK: String?
    public let sealedPrivate: [UInt8]
    public let createdAt: Timestamp
    /// When the key ceased to sign; until then it is the one that signs.
    public let retiredAt: Timestamp?

    public init(
        id: String, kid: String, algorithm: String, publicJWK: String?, sealedPrivate: [UInt8], createdAt: Timestamp,
        retiredAt: Timestamp? = nil
    ) {
        self.id = id
        self.kid = kid
        self.algorithm = algorithm
        self.publicJWK = publicJWK
        self.sealedPrivate = sealedPrivate
        self.createdAt = createdAt
        self.retiredAt = retiredAt
    }

    /// Stores the key as the one that signs; `false` when there is one already. Of two that race one wins.
    public func claim(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            """
            INSERT INTO signing_keys (id, kid, algorithm, public_jwk, sealed_private, current, created_at)
            VALUES (\(id), \(kid), \(algorithm), \(publicJWK), \(sealedPrivate), 1, \(createdAt)) ON CONFLICT (current) DO NOTHING
            """) == 1
    }

    /// The key stops signing; whether it was the one that did.
    public static func retire(_ id: String, at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            "UPDATE signing_keys SET current = NULL, retired_at = \(now) WHERE id = \(id) AND current = 1") == 1
    }

    /// Puts another sealing of the same key in the place of `old`, unless another process did so first.
    public static func replaceSealed(
        _ old: [UInt8], with new: [UInt8], of id: String, in transaction: any SQLTransaction
    ) throws(GatehouseError) {
        try transaction.run("UPDATE signing_keys SET sealed_private = \(new) WHERE id = \(id) AND sealed_private = \(old)")
    }

    /// Newest first.
    public static func list(in transaction: any SQLTransaction) throws(GatehouseError) -> [SigningKeyRecord] {
        var keys: [SigningKeyRecord] = []
        let rows = try transaction.rows(
            """
            SELECT id, kid, algorithm, public_jwk, sealed_private, created_at, retired_at FROM signing_keys
            ORDER BY created_at DESC, id
            """)
        for var row in rows {
            keys.append(
                SigningKeyRecord(
                    id: try row.next(), kid: try row.next(), algorithm: try row.next(), publicJWK: try row.next(),
                    sealedPrivate: try row.next(), createdAt: try row.next(), retiredAt: try row.next()))
        }
        return keys
    }

    /// Whether the store holds anything that only the master key opens.
    public static func hasAny(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try !transaction.rows("SELECT 1 FROM signing_keys LIMIT 1").isEmpty
    }
}

public import GatehouseCore

/// A row of `signing_keys`, of no tenant; the private part is sealed under the master key, bound to this row.
public struct SigningKeyRecord: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// Published, and not signing yet. At most one key is.
        case next
        /// The one that signs. At most one key is.
        case current
        /// Signs no more; what it signed is valid until it ends.
        case retired
    }

    public let id: String
    public let kid: String
    public let algorithm: String
    /// The public JWK as JSON; `nil` for a symmetric key.
    public let publicJWK: String?
    public let sealedPrivate: [UInt8]
    public let createdAt: Timestamp
    public let state: State
    /// When the key began to sign, or will.
    public let signsFrom: Timestamp
    /// When the key ceased to sign.
    public let retiredAt: Timestamp?

    public init(
        id: String, kid: String, algorithm: String, publicJWK: String?, sealedPrivate: [UInt8], createdAt: Timestamp,
        signsFrom: Timestamp? = nil
    ) {
        self.id = id
        self.kid = kid
        self.algorithm = algorithm
        self.publicJWK = publicJWK
        self.sealedPrivate = sealedPrivate
        self.createdAt = createdAt
        self.signsFrom = signsFrom ?? createdAt
        state = signsFrom == nil ? .current : .next
        retiredAt = nil
    }

    private init(reading row: inout SQLRow) throws(GatehouseError) {
        id = try row.next()
        kid = try row.next()
        algorithm = try row.next()
        publicJWK = try row.next()
        sealedPrivate = try row.next()
        createdAt = try row.next()
        signsFrom = try row.next(Timestamp?.self) ?? createdAt
        retiredAt = try row.next()
        let isNext = try row.next(Int64?.self) != nil
        state = retiredAt != nil ? .retired : isNext ? .next : .current
    }

    /// Stores the key as the one that signs, or, with a `signsFrom`, as the next; `false` when there is such a one already. Of two
    /// that race one wins.
    public func claim(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        let place: (current: Int64?, next: Int64?) = state == .next ? (nil, 1) : (1, nil)
        return try transaction.run(
            """
            INSERT INTO signing_keys (id, kid, algorithm, public_jwk, sealed_private, current, next, created_at, signs_from)
            VALUES (\(id), \(kid), \(algorithm), \(publicJWK), \(sealedPrivate), \(place.current), \(place.next), \(createdAt),
                \(signsFrom))
            ON CONFLICT (\(sql: state == .next ? "next" : "current")) DO NOTHING
            """) == 1
    }

    /// The key stops signing; whether it was the one that did.
    public static func retire(_ id: String, at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            "UPDATE signing_keys SET current = NULL, retired_at = \(now) WHERE id = \(id) AND current = 1") == 1
    }

    /// The next key becomes the one that signs, where none does; whether it was the next.
    public static func promote(_ id: String, at now: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run(
            "UPDATE signing_keys SET next = NULL, current = 1, signs_from = \(now) WHERE id = \(id) AND next = 1") == 1
    }

    /// Forgets a key: nothing that it signed verifies any more. `false` when there is none of that name.
    public static func delete(kid: String, in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try transaction.run("DELETE FROM signing_keys WHERE kid = \(kid)") == 1
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
            SELECT id, kid, algorithm, public_jwk, sealed_private, created_at, signs_from, retired_at, next FROM signing_keys
            ORDER BY created_at DESC, id
            """)
        for var row in rows { keys.append(try SigningKeyRecord(reading: &row)) }
        return keys
    }

    /// Whether there is any.
    public static func hasAny(in transaction: any SQLTransaction) throws(GatehouseError) -> Bool {
        try !transaction.rows("SELECT 1 FROM signing_keys LIMIT 1").isEmpty
    }

    /// Forgets keys that ceased to sign before `moment`.
    public static func prune(before moment: Timestamp, in transaction: any SQLTransaction) throws(GatehouseError) {
        try transaction.run("DELETE FROM signing_keys WHERE retired_at < \(moment)")
    }
}

public import GatehouseCore

/// The keys of one issuer at one moment: those to verify with, by `kid`, and, for our own, the one to sign with.
///
/// A value that never changes; a rotation makes another and puts it in its place.
public struct KeyRing: Sendable {
    /// One object behind the value, so that handing a ring on costs a reference.
    private final class Contents: Sendable {
        let signingKey: SigningKey?
        let verificationKeys: [VerificationKey]
        let byKID: [String: VerificationKey]
        let fingerprint: SHA256Digest

        init(_ signingKey: SigningKey?, _ verificationKeys: [VerificationKey], _ byKID: [String: VerificationKey]) {
            self.signingKey = signingKey
            self.verificationKeys = verificationKeys
            self.byKID = byKID
            fingerprint = SHA256Digest(hashing: verificationKeys.flatMap(\.fingerprint.bytes))
        }
    }

    private let contents: Contents

    /// The key that new tokens are signed with; `nil` for a foreign issuer.
    public var signingKey: SigningKey? { contents.signingKey }
    public var verificationKeys: [VerificationKey] { contents.verificationKeys }
    /// The same for the same keys; what was verified under another is not reused.
    var fingerprint: SHA256Digest { contents.fingerprint }

    /// The keys of a foreign issuer. Throws `invalid_key` when two have the same `kid`, or one of several has none.
    public init(_ keys: [VerificationKey]) throws(GatehouseError) {
        try self.init(signing: nil, keys)
    }

    /// Our own keys: the one to sign with, and those that older tokens were signed with.
    public init(signing key: SigningKey, retired: [VerificationKey] = []) throws(GatehouseError) {
        try self.init(signing: key, [key.verificationKey] + retired)
    }

    /// The keys of a key set; throws as `init(_:)` does.
    public init(_ set: JWKSet) throws(GatehouseError) {
        var keys: [VerificationKey] = []
        for jwk in set.keys { keys.append(try VerificationKey(jwk)) }
        try self.init(signing: nil, keys)
    }

    private init(signing key: SigningKey?, _ keys: [VerificationKey]) throws(GatehouseError) {
        var byKID: [String: VerificationKey] = [:]
        for key in keys {
            guard let kid = key.kid else {
                guard keys.count == 1 else { throw GatehouseError(.invalidKey, "One of several keys has no “kid”; name it.") }
                continue
            }
            guard byKID.updateValue(key, forKey: kid) == nil else {
                throw GatehouseError(.invalidKey, "Two keys have the “kid” \(kid.prefix(64)).")
            }
        }
        contents = Contents(key, keys, byKID)
    }

    /// The key that a header names. A header without `kid` is content with an only key; a key without `kid`, which is alone,
    /// answers to any.
    func key(named kid: String?) -> VerificationKey? {
        guard let kid else { return verificationKeys.count == 1 ? verificationKeys.first : nil }
        if let key = contents.byKID[kid] { return key }
        guard let only = verificationKeys.first, only.kid == nil else { return nil }
        return only
    }

    /// Whether the other verifies the same tokens and signs with the same key.
    package func isSame(as other: KeyRing) -> Bool { fingerprint == other.fingerprint && signingKey?.kid == other.signingKey?.kid }

    /// What other services may know: every public key, no secret.
    public var publicKeys: JWKSet { JWKSet(verificationKeys.compactMap(\.publicJWK)) }
}

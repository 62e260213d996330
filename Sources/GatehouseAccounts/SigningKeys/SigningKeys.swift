public import GatehouseCore
import GatehouseStore
public import GatehouseTokens
import Synchronization

/// The keys that our own tokens are signed and verified with.
///
/// They are kept in the store, sealed under the master key; every process on the store uses the same.
public final class SigningKeys: Sendable {
    private struct Loaded: Sendable {
        var ring: KeyRing?
        /// By the id of its row; what has been opened once is not opened again, whatever becomes of the master key.
        var opened: [String: SigningKey] = [:]
        var failure: GatehouseError?
        var followers: [@Sendable (KeyRing) -> Void] = []
    }

    let environment: Environment
    let sealing: Sealing
    let settings: SigningSettings
    let keptAfterRetirement: Duration
    private let loaded = Mutex(Loaded())

    init(environment: Environment, sealing: Sealing, settings: SigningSettings, keptAfterRetirement: Duration) {
        self.environment = environment
        self.sealing = sealing
        self.settings = settings
        self.keptAfterRetirement = keptAfterRetirement
    }

    /// The keys of this moment, the next one included; another ring after a change, without a key to sign with where none can be opened any
    /// more. Throws `keys_unavailable` if none were loaded.
    public var ring: KeyRing {
        get throws(GatehouseError) {
            guard let ring = loaded.withLock({ $0.ring }) else {
                throw GatehouseError(.keysUnavailable, "The signing keys have not been loaded.")
            }
            return ring
        }
    }

    /// Why a key in the store could not be opened, or none is left to sign with, when they were loaded last; `nil` if all is well.
    public var failure: GatehouseError? { loaded.withLock { $0.failure } }

    /// Hands the keys of this moment to `body`, and others whenever this process comes to have them, before anything else happens. `body` must
    /// not block.
    public func follow(_ body: @escaping @Sendable (KeyRing) -> Void) {
        loaded.withLock { loaded in
            loaded.followers.append(body)
            if let ring = loaded.ring { body(ring) }
        }
    }

    /// Loads the keys; with `makesKeys` also brings those in the store to what is set: one that signs, of the algorithm, or none beside a
    /// key of one's own.
    func load(makesKeys: Bool) async throws(GatehouseError) {
        let records = try await stored()
        let current = records.first { $0.state == .current }
        guard makesKeys else {
            if settings.key != nil || current != nil { try await reload() }
            return
        }
        if settings.key != nil {
            try await retire(current)
        } else if current?.algorithm != settings.algorithm.rawValue {
            try await replace(current)
        }
        try await reload()
    }

    /// Loads what is in the store now. What cannot be opened is thrown at the end: keys that are gone have to be gone all the same.
    func reload() async throws(GatehouseError) {
        let since = keptSince(environment.clock.now())
        let records = try await stored().filter { $0.retiredAt.map { $0 > since } ?? true }
        var opened: [String: SigningKey] = [:]
        var failure: GatehouseError?
        for record in records {
            do throws(GatehouseError) {
                opened[record.id] = try open(record)
            } catch {
                failure = failure ?? error
            }
        }
        let signing = settings.key ?? records.first { $0.state == .current }.flatMap { opened[$0.id] } ?? lastSigning(among: opened)
        if signing == nil { failure = failure ?? GatehouseError(.keysUnavailable, "The store holds no key to sign with.") }
        let others = records.compactMap { opened[$0.id]?.verificationKey ?? Self.publicHalf(of: $0) }.filter { $0.kid != signing?.kid }
        let ring = if let signing { try KeyRing(signing: signing, retired: others) } else { try KeyRing(others) }
        loaded.withLock { [opened, failure] loaded in
            (loaded.ring, loaded.opened, loaded.failure) = (ring, opened, failure)
            for follower in loaded.followers { follower(ring) }
        }
        if let failure { throw failure }
    }

    /// What another process signs with a key that this one cannot open is good all the same.
    private static func publicHalf(of record: SigningKeyRecord) -> VerificationKey? {
        guard let text = record.publicJWK, var jwk = try? JWK(json: Array(text.utf8)) else { return nil }
        jwk.kid = record.kid
        return try? VerificationKey(jwk)
    }

    /// Before this a key has to have ceased to sign for nothing that it signed to be valid.
    func keptSince(_ now: Timestamp) -> Timestamp { now - keptAfterRetirement }

    func stored() async throws(GatehouseError) -> [SigningKeyRecord] {
        try await environment.driver.read { transaction throws(GatehouseError) in try SigningKeyRecord.list(in: transaction) }
    }

    /// The key that signed until now, retired by a process that has a key of its own: this one signs on with what it has until it gets
    /// that key too.
    private func lastSigning(among opened: [String: SigningKey]) -> SigningKey? {
        guard let last = loaded.withLock({ $0.ring?.signingKey }) else { return nil }
        return opened.values.contains { $0.kid == last.kid } ? last : nil
    }

    private func open(_ record: SigningKeyRecord) throws(GatehouseError) -> SigningKey {
        if let known = loaded.withLock({ $0.opened[record.id] }), known.kid == record.kid { return known }
        guard let algorithm = SigningAlgorithm(rawValue: record.algorithm) else {
            throw GatehouseError(.invalidKey, "The store holds a key for the unknown algorithm \(record.algorithm.prefix(16)).")
        }
        return try SigningKey(algorithm: algorithm, privateBytes: try sealing.open(SealedRow(record)), kid: record.kid)
    }

    /// The key signs no more; what it signed is valid until it ends.
    private func retire(_ record: SigningKeyRecord?) async throws(GatehouseError) {
        guard let record else { return }
        let now = environment.clock.now()
        let retired = try await environment.driver.write { transaction throws(GatehouseError) in
            guard try SigningKeyRecord.retire(record.id, at: now, in: transaction) else { return false }
            try transaction.markChanged()
            return true
        }
        if retired { environment.record("signing_key.retired", subject: record.kid, details: ["algorithm": record.algorithm]) }
    }

    /// Makes a key and lets it sign instead of `old`; of two processes that do so one wins, and the other takes the winner's. A next key
    /// of another algorithm, which has signed nothing yet, is forgotten.
    private func replace(_ old: SigningKeyRecord?) async throws(GatehouseError) {
        let key = try SigningKey.generate(settings.algorithm)
        let now = environment.clock.now()
        let made = try await store(key, signsFrom: nil) { record, transaction throws(GatehouseError) in
            if let old { _ = try SigningKeyRecord.retire(old.id, at: now, in: transaction) }
            guard try record.claim(in: transaction) else { return false }
            for next in try SigningKeyRecord.list(in: transaction) where next.state == .next && next.algorithm != record.algorithm {
                _ = try SigningKeyRecord.delete(kid: next.kid, in: transaction)
            }
            try transaction.markChanged()
            return true
        }
        if made { environment.record("signing_key.created", subject: key.kid, details: ["algorithm": key.algorithm.rawValue]) }
    }

    /// Hands `body` the row of a key, sealed, in the transaction that is to store it.
    func store<Value: Sendable>(
        _ key: SigningKey, signsFrom: Timestamp?,
        _ body: @escaping @Sendable (SigningKeyRecord, any SQLTransaction) throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        let id = environment.newID()
        let now = environment.clock.now()
        return try await sealing.write(to: environment.driver) { masterKey, transaction throws(GatehouseError) in
            let sealed = try key.privateBytes().expose { bytes throws(GatehouseError) in
                try masterKey.seal(bytes, context: SealedRow.context(ofSigningKey: id))
            }
            let record = SigningKeyRecord(
                id: id, kid: key.kid, algorithm: key.algorithm.rawValue,
                publicJWK: key.publicJWK.map { String(decoding: $0.json(), as: UTF8.self) }, sealedPrivate: sealed, createdAt: now,
                signsFrom: signsFrom)
            return try body(record, transaction)
        }
    }
}

import GatehouseCore
import GatehouseStore
public import GatehouseTokens
import Synchronization

/// The keys that our own tokens are signed and verified with.
///
/// They are kept in the store, sealed under the master key; every process on the store uses the same.
public final class SigningKeys: Sendable {
    private let environment: Environment
    private let masterKey: MasterKey
    private let settings: SigningSettings
    private let keptAfterRetirement: Duration
    private let loaded: Mutex<KeyRing?>

    init(environment: Environment, masterKey: MasterKey, settings: SigningSettings, keptAfterRetirement: Duration) {
        self.environment = environment
        self.masterKey = masterKey
        self.settings = settings
        self.keptAfterRetirement = keptAfterRetirement
        loaded = Mutex(nil)
    }

    /// The keys of this moment; another ring after a change. Throws `keys_unavailable` if none was ever loaded.
    public var ring: KeyRing {
        get throws(GatehouseError) {
            guard let ring = loaded.withLock({ $0 }) else {
                throw GatehouseError(.keysUnavailable, "The signing keys have not been loaded.")
            }
            return ring
        }
    }

    /// Loads the keys; with `makesKeys` also brings those in the store to what is set: one that signs, of the algorithm, or none beside a
    /// key of one's own; all sealed under the newest master key.
    func load(makesKeys: Bool) async throws(GatehouseError) {
        let records = try await stored()
        let current = records.first(where: \.signs)
        guard makesKeys else {
            if settings.key != nil || current != nil { try await reload() }
            return
        }
        // A master key that does not open what is there must not change it.
        let now = environment.clock.now()
        for record in records where isKept(record, at: now) { _ = try open(record) }
        if settings.key != nil {
            try await retire(current)
        } else if current?.algorithm != settings.algorithm.rawValue {
            try await replace(current)
        }
        try await sealAnew()
        try await reload()
    }

    /// Loads what is in the store now.
    func reload() async throws(GatehouseError) {
        let now = environment.clock.now()
        var signing = settings.key
        var others: [VerificationKey] = []
        for record in try await stored() where isKept(record, at: now) {
            let key = try open(record)
            if signing == nil, record.signs {
                signing = key
            } else if key.kid != signing?.kid {
                others.append(key.verificationKey)
            }
        }
        // Retired by a process that has a key of its own: this one signs on with what it has until it gets that key too.
        if signing == nil, let last = loaded.withLock({ $0?.signingKey }) {
            signing = last
            others.removeAll { $0.kid == last.kid }
        }
        guard let signing else { throw GatehouseError(.keysUnavailable, "The store holds no key to sign with.") }
        let ring = try KeyRing(signing: signing, retired: others)
        loaded.withLock { $0 = ring }
    }

    private func stored() async throws(GatehouseError) -> [SigningKeyRecord] {
        try await environment.driver.read { transaction throws(GatehouseError) in try SigningKeyRecord.list(in: transaction) }
    }

    /// Whether tokens that the key signed may still be valid.
    private func isKept(_ record: SigningKeyRecord, at now: Timestamp) -> Bool {
        guard let retiredAt = record.retiredAt else { return true }
        return retiredAt + keptAfterRetirement > now
    }

    /// Seals under the newest master key what an older one sealed, so that the older one can go.
    private func sealAnew() async throws(GatehouseError) {
        let now = environment.clock.now()
        for record in try await stored() where isKept(record, at: now) && masterKey.isOutdated(record.sealedPrivate) {
            let sealed = try seal(try open(record).privateBytes(), id: record.id)
            let old = record.sealedPrivate
            try await environment.driver.write { transaction throws(GatehouseError) in
                try SigningKeyRecord.replaceSealed(old, with: sealed, of: record.id, in: transaction)
            }
        }
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

    /// Makes a key and lets it sign instead of `old`; of two processes that do so one wins, and the other takes the winner's.
    private func replace(_ old: SigningKeyRecord?) async throws(GatehouseError) {
        let record = try newRecord()
        let now = environment.clock.now()
        let made = try await environment.driver.write { transaction throws(GatehouseError) in
            if let old { _ = try SigningKeyRecord.retire(old.id, at: now, in: transaction) }
            guard try record.claim(in: transaction) else { return false }
            try transaction.markChanged()
            return true
        }
        if made { environment.record("signing_key.created", subject: record.kid, details: ["algorithm": record.algorithm]) }
    }

    private func newRecord() throws(GatehouseError) -> SigningKeyRecord {
        let key = try SigningKey.generate(settings.algorithm)
        let id = environment.newID()
        let sealed = try seal(key.privateBytes(), id: id)
        return SigningKeyRecord(
            id: id, kid: key.kid, algorithm: key.algorithm.rawValue,
            publicJWK: key.publicJWK.map { String(decoding: $0.json(), as: UTF8.self) }, sealedPrivate: sealed,
            createdAt: environment.clock.now())
    }

    private func seal(_ key: Secret<[UInt8]>, id: String) throws(GatehouseError) -> [UInt8] {
        try key.expose { bytes throws(GatehouseError) in try masterKey.seal(bytes, context: Self.context(id)) }
    }

    private func open(_ record: SigningKeyRecord) throws(GatehouseError) -> SigningKey {
        guard let algorithm = SigningAlgorithm(rawValue: record.algorithm) else {
            throw GatehouseError(.invalidKey, "The store holds a key for the unknown algorithm \(record.algorithm.prefix(16)).")
        }
        let bytes: Secret<[UInt8]>
        do throws(GatehouseError) {
            bytes = try masterKey.open(record.sealedPrivate, context: Self.context(record.id))
        } catch {
            throw GatehouseError(
                .masterKeyMismatch,
                "The store's signing key was sealed under another master key. Give the master key that this store was made with "
                    + "(GATEHOUSE_MASTER_KEY, or the key file beside the database); while changing keys, give both, the newest first.",
                cause: error)
        }
        return try SigningKey(algorithm: algorithm, privateBytes: bytes, kid: record.kid)
    }

    private static func context(_ id: String) -> String { "signing_keys/\(id)/private_key" }
}

extension SigningKeyRecord {
    fileprivate var signs: Bool { retiredAt == nil }
}

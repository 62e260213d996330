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

    /// Loads the keys, and makes the one that signs where there is none of the algorithm that is set.
    func load() async throws(GatehouseError) {
        let keys = try await stored()
        if settings.key == nil, keys.first(where: \.signs)?.algorithm != settings.algorithm.rawValue {
            try await replace(keys.first(where: \.signs))
        }
        try await reload()
    }

    /// Loads what is in the store now.
    func reload() async throws(GatehouseError) {
        let now = environment.clock.now()
        var signing = settings.key
        var others: [VerificationKey] = []
        for record in try await stored() where record.signs || (record.retiredAt ?? now) + keptAfterRetirement > now {
            let key = try open(record)
            if signing == nil, record.signs {
                signing = key
            } else if key.kid != signing?.kid {
                others.append(key.verificationKey)
            }
        }
        guard let signing else { throw GatehouseError(.keysUnavailable, "The store holds no key to sign with.") }
        let ring = try KeyRing(signing: signing, retired: others)
        loaded.withLock { $0 = ring }
    }

    private func stored() async throws(GatehouseError) -> [SigningKeyRecord] {
        try await environment.driver.read { transaction throws(GatehouseError) in try SigningKeyRecord.list(in: transaction) }
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
        let sealed = try key.privateBytes().expose { bytes throws(GatehouseError) in
            try masterKey.seal(bytes, context: Self.context(id))
        }
        return SigningKeyRecord(
            id: id, kid: key.kid, algorithm: key.algorithm.rawValue,
            publicJWK: key.publicJWK.map { String(decoding: $0.json(), as: UTF8.self) }, sealedPrivate: sealed,
            createdAt: environment.clock.now())
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

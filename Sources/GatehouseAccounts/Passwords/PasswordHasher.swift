import CSodium
import GatehouseCore
import NIOPosix
import Synchronization

/// Hashes and verifies passwords with Argon2id (RFC 9106, through libsodium) on threads of its own.
///
/// Each costs about 15 ms of a processor and `memoryKiB` at the default settings. What waits is bounded.
final class PasswordHasher: Sendable {
    /// An Argon2id hash in the PHC string format.
    typealias Hash = String

    private let limits: HashingLimits
    private let pool: NIOThreadPool
    private let places: Mutex<HashingQueue>
    /// A hash that no password has, with the same parameters: verifying it takes the same work.
    private let nobodys: Hash
    private let onHash: @Sendable () -> Void

    /// Throws `configuration_invalid` for parameters that libsodium does not take.
    init(_ limits: HashingLimits, random: RandomSource, onHash: @escaping @Sendable () -> Void) throws(GatehouseError) {
        guard sodium_init() >= 0 else { throw GatehouseError(.internalError, "libsodium cannot be initialised.") }
        guard (8...4_194_304).contains(limits.memoryKiB), (1...100).contains(limits.iterations), (1...64).contains(limits.threads),
            limits.queue >= limits.threads
        else {
            throw GatehouseError(
                .configurationInvalid,
                "Password hashing takes 8 to 4194304 KiB, 1 to 100 iterations, 1 to 64 threads and a queue that is no shorter.")
        }
        self.limits = limits
        self.onHash = onHash
        places = Mutex(HashingQueue(capacity: limits.queue))
        nobodys = Self.nobodysHash(limits, random)
        pool = NIOThreadPool(numberOfThreads: limits.threads)
        pool.start()
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Throws `server_busy` when too many wait, altogether or from `address`.
    func hash(_ password: Secret<String>, address: String?) async throws(GatehouseError) -> Hash {
        let limits = limits
        return try await queued(address) { () throws(GatehouseError) in try Self.hash(password, limits) }
    }

    /// Whether `password` is that of `hash`; with `nil` it is not, at the same cost. Throws as `hash` does.
    func verify(_ password: Secret<String>, _ hash: Hash?, address: String?) async throws(GatehouseError) -> Bool {
        let tooLong = password.expose { $0.utf8.count > PasswordRules.mostBytes }
        let password = tooLong ? Secret("") : password
        let known = tooLong ? nil : hash
        let compared = known ?? nobodys
        let equal = try await queued(address) { Self.verify(password, compared) }
        return equal && known != nil
    }

    /// Whether `hash` was made with other parameters than those of now.
    func isOutdated(_ hash: Hash) -> Bool {
        crypto_pwhash_str_needs_rehash(hash, UInt64(limits.iterations), limits.memoryKiB * 1024) != 0
    }

    private func queued<Value: Sendable>(
        _ address: String?, _ work: @escaping @Sendable () throws(GatehouseError) -> Value
    ) async throws(GatehouseError) -> Value {
        let place = address.map { IPAddress($0)?.throttlingBucket ?? $0 }
        guard places.withLock({ $0.enter(place) }) else {
            throw GatehouseError(.serverBusy, "Too many passwords wait to be checked.", retryAfter: .seconds(1))
        }
        defer { places.withLock { $0.leave(place) } }
        onHash()
        do {
            return try await pool.runIfActive(work)
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw GatehouseError(.serverBusy, "A password was not checked.", cause: error, retryAfter: .seconds(1))
        }
    }
}

extension PasswordHasher {
    private static func hash(_ password: Secret<String>, _ limits: HashingLimits) throws(GatehouseError) -> Hash {
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let status = password.expose { password in
            withBytes(of: password) { bytes, count in
                crypto_pwhash_str_alg(
                    &text, bytes, count, UInt64(limits.iterations), limits.memoryKiB * 1024, crypto_pwhash_ALG_ARGON2ID13)
            }
        }
        guard status == 0 else { throw GatehouseError(.serverBusy, "No memory to hash a password.", retryAfter: .seconds(1)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func verify(_ password: Secret<String>, _ hash: Hash) -> Bool {
        password.expose { password in
            withBytes(of: password) { bytes, count in crypto_pwhash_str_verify(hash, bytes, count) == 0 }
        }
    }

    /// Hands over the bytes with their number, so that a NUL is a character like any other.
    private static func withBytes<Result>(of password: String, _ body: (UnsafePointer<CChar>, UInt64) -> Result) -> Result {
        let count = UInt64(password.utf8.count)
        return password.withCString { body($0, count) }
    }

    private static func nobodysHash(_ limits: HashingLimits, _ random: RandomSource) -> Hash {
        "$argon2id$v=19$m=\(limits.memoryKiB),t=\(limits.iterations),p=1$\(base64(random.bytes(16)))$\(base64(random.bytes(32)))"
    }

    /// The alphabet of PHC strings: base64 without padding.
    private static func base64(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(bytes.count, sodium_base64_VARIANT_ORIGINAL_NO_PADDING))
        sodium_bin2base64(&text, text.count, bytes, bytes.count, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

import GatehouseCore
import Synchronization

/// Tokens that were verified lately, by the SHA-256 of their text, so that a signature is checked once and not per request.
///
/// It holds signature and claims only; whether session, user and key still stand is looked up at every use. Entries and bytes
/// are bounded: there are two halves, and when the younger is full the older is dropped and what is asked for again moves over.
public final class VerifiedTokenCache: Sendable {
    private struct Entry {
        let token: VerifiedToken
        let keys: SHA256Digest
        /// Whom it speaks for, of a foreign token.
        let meaning: ForeignIdentity?

        /// With a meaning go its principal, its rights and its description.
        var byteCount: Int { token.byteCount + (meaning == nil ? 0 : 2048) }
    }

    private struct Halves {
        var young: [SHA256Digest: Entry] = [:]
        var old: [SHA256Digest: Entry] = [:]
        var youngBytes = 0
        var oldBytes = 0
    }

    private let halves = Mutex(Halves())
    private let entriesInHalf: Int
    private let bytesInHalf: Int

    /// - Parameters:
    ///   - maximumEntries: how many tokens it holds at most.
    ///   - maximumBytes: how much they may take together, about.
    public init(maximumEntries: Int = 10_000, maximumBytes: Int = 16 * 1024 * 1024) {
        entriesInHalf = max(1, maximumEntries / 2)
        bytesInHalf = max(1, maximumBytes / 2)
    }

    /// How many tokens it holds now.
    public var count: Int { halves.withLock { $0.young.count + $0.old.count } }

    /// What they take together in bytes, about.
    public var byteCount: Int { halves.withLock { $0.youngBytes + $0.oldBytes } }

    /// Forgets everything, as when a key is found to be stolen.
    public func removeAll() {
        let dropped = halves.withLock { halves in
            defer { halves = Halves() }
            return halves
        }
        // Freed here, outside the lock.
        _ = dropped
    }

    /// The token of that digest, if it was verified with these keys.
    func token(_ digest: SHA256Digest, verifiedWith keys: SHA256Digest) -> VerifiedToken? {
        guard let entry = entry(digest), entry.keys == keys else { return nil }
        return entry.token
    }

    /// Whom the foreign token of that digest speaks for, and the keys that it was verified with.
    func meaning(of digest: SHA256Digest) -> (ForeignIdentity, keys: SHA256Digest)? {
        guard let entry = entry(digest), let meaning = entry.meaning else { return nil }
        return (meaning, entry.keys)
    }

    private func entry(_ digest: SHA256Digest) -> Entry? {
        halves.withLock { halves in
            if let entry = halves.young[digest] { return entry }
            guard let entry = halves.old.removeValue(forKey: digest) else { return nil }
            halves.oldBytes -= entry.byteCount
            // It is there already, so the younger half may be over by one until the next insertion.
            halves.young[digest] = entry
            halves.youngBytes += entry.byteCount
            return entry
        }
    }

    func insert(
        _ token: VerifiedToken, _ digest: SHA256Digest, verifiedWith keys: SHA256Digest, at now: Timestamp, meaning: ForeignIdentity? = nil
    ) {
        let entry = Entry(token: token, keys: keys, meaning: meaning)
        guard entry.byteCount <= bytesInHalf, let expiresAt = token.expiresAt, now < expiresAt else { return }
        let dropped = halves.withLock { halves -> [SHA256Digest: Entry] in
            if let replaced = halves.young.updateValue(entry, forKey: digest) { halves.youngBytes -= replaced.byteCount }
            halves.youngBytes += entry.byteCount
            if let stale = halves.old.removeValue(forKey: digest) { halves.oldBytes -= stale.byteCount }
            guard halves.young.count > entriesInHalf || halves.youngBytes > bytesInHalf else { return [:] }
            return Self.turn(&halves, keeping: entry, digest)
        }
        // Freed here, outside the lock.
        _ = dropped
    }

    /// Makes the younger half, but for the entry that was one too many, the older one; returns what was dropped.
    private static func turn(_ halves: inout Halves, keeping entry: Entry, _ digest: SHA256Digest) -> [SHA256Digest: Entry] {
        let dropped = halves.old
        halves.young.removeValue(forKey: digest)
        halves.old = halves.young
        halves.oldBytes = halves.youngBytes - entry.byteCount
        halves.young = [digest: entry]
        halves.youngBytes = entry.byteCount
        return dropped
    }
}

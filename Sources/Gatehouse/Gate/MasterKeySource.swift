public import GatehouseCore
public import GatehouseTokens
import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the key that seals everything else comes from.
public enum MasterKeySource: Sendable {
    /// `GATEHOUSE_MASTER_KEY`, else a key file beside an SQLite database.
    case automatic
    case given(MasterKey)
    /// Asked at the start, and again when something in the store was sealed under a newer key than the one at hand.
    case read(@Sendable () throws(GatehouseError) -> MasterKey)

    /// - Parameters:
    ///   - keyFile: the path beside the database; `nil` where there is none, as with a server database.
    ///   - hasSealedRows: whether something in the store is sealed already.
    /// Throws `master_key_missing` with the remedy; never makes a new key where an old one is lost.
    func load(environment: [String: String], keyFile: String?, isServer: Bool, hasSealedRows: Bool, random: RandomSource, logger: Logger)
        throws(GatehouseError) -> MasterKey
    {
        switch self {
        case .given(let key): return key
        case .read(let read): return try read()
        case .automatic:
            if let text = environment["GATEHOUSE_MASTER_KEY"], !text.isEmpty { return try MasterKey(parsing: Secret(text)) }
            guard let keyFile else {
                if hasSealedRows || isServer { throw Self.missing("No master key is given, and the store has no file beside which one could lie.") }
                return try MasterKey(parsing: MasterKey.generateText(random))
            }
            return try KeyFile(path: keyFile).load(hasSealedRows: hasSealedRows, random: random, logger: logger)
        }
    }

    /// What the source says now, without making anything; `nil` for one that says the same for ever.
    func reload(keyFile: String?) throws(GatehouseError) -> MasterKey? {
        switch self {
        case .given: return nil
        case .read(let read): return try read()
        case .automatic: return try keyFile.flatMap { path throws(GatehouseError) in try KeyFile(path: path).existing() }
        }
    }

    static func missing(_ why: String) -> GatehouseError {
        GatehouseError(.masterKeyMissing, "\(why) Set GATEHOUSE_MASTER_KEY to the key that sealed this store (32 bytes in base64url).")
    }
}

/// The file that holds the master key where no other was given; 0600, made once.
struct KeyFile {
    let path: String

    func load(hasSealedRows: Bool, random: RandomSource, logger: Logger) throws(GatehouseError) -> MasterKey {
        if let key = try existing() { return key }
        if hasSealedRows { throw MasterKeySource.missing("The store holds sealed rows, and the key file \(path) is gone.") }
        try MasterKey.generateText(random).expose { text throws(GatehouseError) in try make(text) }
        logger.warning(
            "A new master key was written beside the database. Move it out of reach of the database's backups: set GATEHOUSE_MASTER_KEY to its content and delete the file.",
            metadata: ["gate.key_file": "\(path)"])
        // Another process may have been first; what lies there now is the key.
        guard let key = try existing() else { throw MasterKeySource.missing("The key file \(path) cannot be read back.") }
        return key
    }

    func existing() throws(GatehouseError) -> MasterKey? {
        // Without O_NONBLOCK a named pipe would hold the start up for ever.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw GatehouseError(
                .masterKeyMissing, "The key file \(path) cannot be opened (errno \(errno)); it has to be a plain file that this user can read.")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw GatehouseError(.masterKeyMissing, "The key file \(path) is not a plain file.")
        }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() else {
            throw GatehouseError(
                .masterKeyMissing, "Others can read the key file \(path), or it belongs to another user: run chmod 600 on it, as its owner.")
        }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw GatehouseError(.masterKeyMissing, "The key file \(path) is empty.") }
        let text = String(decoding: buffer.prefix(count), as: UTF8.self).filter { !$0.isWhitespace }
        return try MasterKey(parsing: Secret(text))
    }

    /// Written under another name and linked into place, so that nobody ever reads half a key.
    private func make(_ text: String) throws(GatehouseError) {
        let draft = "\(path).\(UInt64.random(in: .min ... .max)).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw GatehouseError(.masterKeyMissing, "The key file \(path) cannot be made (errno \(errno)); set GATEHOUSE_MASTER_KEY instead.")
        }
        defer { unlink(draft) }
        let bytes = Array((text + "\n").utf8)
        let written = write(descriptor, bytes, bytes.count)
        let isSafe = written == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        guard isSafe, link(draft, path) == 0 || errno == EEXIST else {
            throw GatehouseError(.masterKeyMissing, "The key file \(path) cannot be written (errno \(errno)); set GATEHOUSE_MASTER_KEY instead.")
        }
    }
}

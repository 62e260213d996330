import Gatehouse

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The key file beside a database while one process changes it.
final class KeyFileChange {
    let path: String
    /// Of the file's folder: locked, so that of two processes one changes the file, and flushed after a rename.
    private let folder: CInt

    /// Throws `conflict` while another process changes a key file in the same folder.
    init(path: String) throws(GatehouseError) {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            if descriptor >= 0 { close(descriptor) }
            throw GatehouseError(
                .conflict, "The folder \(parent) of the key file is locked (errno \(reason)): another process is changing the master key.")
        }
        // Last: once all is set, `deinit` runs for an `init` that throws, and would close what may be another's by then.
        self.path = path
        folder = descriptor
    }

    deinit { close(folder) }

    /// What the file holds: keys, newest first. Throws `master_key_missing`.
    func read() throws(GatehouseError) -> Secret<String> {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw GatehouseError(
                .masterKeyMissing,
                "The key file \(path) cannot be opened (errno \(errno)); where the master key is given otherwise, give it to this command too.")
        }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Self.read(descriptor, &buffer)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).filter { !$0.isWhitespace }
        let secret = Secret(text)
        _ = try MasterKey(parsing: secret)
        return secret
    }

    /// Puts other keys in the file's place: whoever reads it reads the old ones or the new ones. Throws `master_key_missing`.
    func replace(with keys: Secret<String>) throws(GatehouseError) {
        let draft = "\(path).\(UInt64.random(in: .min ... .max)).new"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw unwritable }
        let isWritten = keys.expose { text in
            let bytes = Array((text + "\n").utf8)
            return Self.write(descriptor, bytes) == bytes.count && fsync(descriptor) == 0
        }
        close(descriptor)
        guard isWritten, rename(draft, path) == 0 else {
            let error = unwritable
            unlink(draft)
            throw error
        }
        fsync(folder)
    }

    private var unwritable: GatehouseError {
        GatehouseError(.masterKeyMissing, "The key file \(path) cannot be written (errno \(errno)); what it holds opens everything.")
    }

    private static func read(_ descriptor: CInt, _ buffer: inout [UInt8]) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, &buffer, buffer.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, &buffer, buffer.count)
        #else
            Darwin.read(descriptor, &buffer, buffer.count)
        #endif
    }

    private static func write(_ descriptor: CInt, _ bytes: [UInt8]) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, bytes.count)
        #else
            Darwin.write(descriptor, bytes, bytes.count)
        #endif
    }
}

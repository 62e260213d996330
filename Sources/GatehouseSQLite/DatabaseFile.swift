import GatehouseCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file that holds the database.
enum DatabaseFile {
    /// Makes the file, for its owner alone, if there is none; SQLite gives its companions (`-wal`, `-shm`) the same mode.
    ///
    /// An existing file is not even opened: closing it would drop the locks that this process has on it (POSIX).
    static func prepare(_ path: String) throws(GatehouseError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw GatehouseError(.storeUnavailable, "The database \(path) cannot be made: \(String(cString: strerror(errno))).")
        }
    }
}

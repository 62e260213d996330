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
    /// Makes the file, for its owner alone, if there is none, and takes the rights of others on one of ours away; SQLite gives its
    /// companions (`-wal`, `-shm`) the same mode. Refuses a link that leads nowhere, where SQLite would make a file for all.
    ///
    /// An existing file is not even opened: closing it would drop the locks that this process has on it (POSIX).
    static func prepare(_ path: String) throws(GatehouseError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno == EEXIST {
            try tighten(path)
            for companion in ["-wal", "-shm"] { try? tighten(path + companion) }
        } else {
            throw GatehouseError(.storeUnavailable, "The database \(path) cannot be made: \(String(cString: strerror(errno))).")
        }
    }

    /// Throws `store_unavailable` with the remedy unless there is a file.
    static func require(_ path: String) throws(GatehouseError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw GatehouseError(
                .storeUnavailable, "There is no database \(path). Name the right one, or start the server first, which makes it.")
        }
    }

    private static func tighten(_ path: String) throws(GatehouseError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw GatehouseError(.storeUnavailable, "The database \(path) is a link that leads nowhere, or cannot be looked at.")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 != 0 else { return }
        // Where it cannot be done, such as on a file system without modes, the database works as before.
        _ = chmod(path, status.st_mode & 0o600)
    }
}

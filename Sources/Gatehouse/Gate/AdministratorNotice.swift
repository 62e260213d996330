import GatehouseAccounts
import GatehouseCore
import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells the operator the first administrator's random password: once on a terminal, else in a file that goes when it was used.
package final class AdministratorNotice: Sendable {
    /// `admin-password` beside the database; `nil` where there is no file to lie beside.
    private let path: String?
    private let logger: Logger
    private let administrator = Mutex<String?>(nil)

    init(databasePath: String?, logger: Logger) {
        path = databasePath.map(Self.path(beside:))
        self.logger = logger
    }

    private static func path(beside database: String) -> String {
        guard let slash = database.lastIndex(of: "/") else { return "admin-password" }
        return "\(database[..<slash])/admin-password"
    }

    /// Whose change of password takes the file away.
    func watch(_ administrator: String?) { self.administrator.withLock { $0 = administrator } }

    /// Throws `configuration_invalid` when the password can neither be shown nor written.
    func tell(_ password: Secret<String>) throws(GatehouseError) {
        if isatty(STDERR_FILENO) == 1 {
            let shown = password.expose { text in
                "\n  Sign in as “admin” with the password  \(text)\n  It is shown this once and has to be changed at the first sign-in.\n\n"
            }
            _ = Self.write(STDERR_FILENO, Array(shown.utf8))
            return
        }
        guard let path else {
            logger.notice("The administrator of a store in memory has a random password; set GATEHOUSE_ADMIN_PASSWORD to sign in as “admin”.")
            return
        }
        try password.expose { text throws(GatehouseError) in try write(text + "\n", to: path) }
        logger.notice(
            "The first administrator “admin” is made; the password is in a file that is deleted once it was changed.",
            metadata: ["gate.password_file": "\(path)"])
    }

    private func write(_ text: String, to path: String) throws(GatehouseError) {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        let bytes = Array(text.utf8)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, Self.write(descriptor, bytes) else {
            throw GatehouseError(
                .configurationInvalid,
                "The first administrator's password cannot be written to \(path) (errno \(errno)); set GATEHOUSE_ADMIN_PASSWORD.")
        }
    }

    /// The password was used or replaced.
    package static func forget(databasePath: String?) {
        guard let databasePath else { return }
        unlink(path(beside: databasePath))
    }

    /// Events on their way to `next`; a change of the administrator's password takes the file away.
    func sink(before next: AuditSink) -> AuditSink {
        AuditSink { [self] event in
            next.record(event)
            guard let path, event.outcome == .success, event.action.hasPrefix("password."), event.subject != nil,
                event.subject == administrator.withLock({ $0 })
            else { return }
            unlink(path)
        }
    }

    private static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, bytes.count) == bytes.count
        #else
            Darwin.write(descriptor, bytes, bytes.count) == bytes.count
        #endif
    }
}

import Gatehouse
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
final class AdministratorNotice: Sendable {
    private let path: String
    private let logger: Logger
    private let administrator = Mutex<String?>(nil)

    init(store: StoreLocation, logger: Logger) {
        path = Self.path(for: store)
        self.logger = logger
    }

    /// `admin-password` beside the database.
    static func path(for store: StoreLocation) -> String {
        switch store {
        case .sqlite(let path): path.contains("/") ? "\(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])/admin-password" : "admin-password"
        }
    }

    /// Throws `configuration_invalid` when the password can neither be shown nor written.
    func tell(_ outcome: FirstAdministrator.Outcome, of gate: Gate) async throws {
        let user = try await gate.accounts.users.find(name: FirstAdministrator.username)
        administrator.withLock { $0 = user?.id }
        guard case .random(let password) = outcome else { return }
        if isatty(STDERR_FILENO) == 1 {
            let shown = password.expose { text in
                "\n  Sign in as “admin” with the password  \(text)\n  It is shown this once and has to be changed at the first sign-in.\n\n"
            }
            _ = Self.write(STDERR_FILENO, Array(shown.utf8))
            return
        }
        try password.expose { text throws(GatehouseError) in try write(text + "\n") }
        logger.notice(
            "The first administrator “admin” was made; the password is in a file that is deleted once it was changed.",
            metadata: ["gate.password_file": "\(path)"])
    }

    private func write(_ text: String) throws(GatehouseError) {
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
    static func forget(_ store: StoreLocation) { unlink(path(for: store)) }

    /// Events on their way to `next`; a change of the administrator's password takes the file away.
    func sink(before next: AuditSink) -> AuditSink {
        AuditSink { [self] event in
            next.record(event)
            guard event.outcome == .success, event.action.hasPrefix("password."), event.subject != nil,
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

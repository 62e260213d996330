import GatehouseTokens
import Logging
import Synchronization

/// Tells the log when the key set of another issuer can no longer be fetched, and when it can again.
final class KeySetReports: Sendable {
    private let logger: Logger
    private let failing = Mutex<Set<String>>([])

    init(logger: Logger) { self.logger = logger }

    func hear(_ status: KeySetStatus) {
        let hasChanged = failing.withLock { failing in
            status.failure == nil ? failing.remove(status.url) != nil : failing.insert(status.url).inserted
        }
        guard hasChanged else { return }
        guard let failure = status.failure else {
            logger.notice("The key set of an issuer can be fetched again.", metadata: ["gate.key_set": "\(status.url)"])
            return
        }
        let remedy = status.keyNames.isEmpty ? "No token of the issuer can be checked." : "The keys that were fetched before are used for now."
        logger.error("\(failure.message) \(remedy)", metadata: metadata(of: status, failure.cause, code: "\(failure.code)"))
    }

    private func metadata(of status: KeySetStatus, _ cause: (any Error)?, code: String) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["gate.key_set": "\(status.url)", "gate.code": "\(code)"]
        metadata["gate.cause"] = cause.map { "\($0)" }
        metadata["gate.usable_until"] = status.usableUntil.map { "\($0.rfc3339)" }
        return metadata
    }
}

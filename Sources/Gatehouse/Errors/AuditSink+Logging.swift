package import GatehouseCore
package import Logging

extension AuditSink {
    /// One log line an event.
    package static func logging(to logger: Logger) -> AuditSink {
        AuditSink { event in
            var metadata: Logger.Metadata = ["gate.action": "\(event.action)", "gate.outcome": "\(event.outcome.rawValue)"]
            metadata["gate.actor"] = event.actor.map { "\($0.authProvider):\($0.id)" }
            metadata["gate.subject"] = event.subject.map { "\($0)" }
            metadata["gate.tenant"] = event.tenant.map { "\($0)" }
            metadata["gate.client"] = event.address.map { "\($0)" }
            metadata["gate.request_id"] = event.requestID.map { "\($0)" }
            metadata["gate.code"] = event.code.map { "\($0)" }
            for (name, value) in event.details { metadata["gate.\(name)"] = "\(value)" }
            logger.info("audit", metadata: metadata)
        }
    }
}

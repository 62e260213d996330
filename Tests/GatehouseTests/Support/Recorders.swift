import Gatehouse
import Logging
import Synchronization

/// A clock that stands until it is moved.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp(seconds: 1_800_000_000))

    var clock: WallClock { WallClock { self.now } }
    var now: Timestamp { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// The audit events so far.
final class AuditRecorder: Sendable {
    private let recorded = Mutex<[AuditEvent]>([])

    var sink: AuditSink { AuditSink { event in self.recorded.withLock { $0.append(event) } } }
    var count: Int { recorded.withLock { $0.count } }
    func events(_ action: String) -> [AuditEvent] { recorded.withLock { $0 }.filter { $0.action == action } }
}

/// Every log line with its metadata, as text.
final class LogRecorder: Sendable {
    private let recorded = Mutex<[String]>([])

    var lines: [String] { recorded.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let line = "\(event.level) \(event.message) \(metadata.map { "\($0.key)=\($0.value)" }.joined(separator: " "))"
            recorder.recorded.withLock { $0.append(line) }
        }
    }
}

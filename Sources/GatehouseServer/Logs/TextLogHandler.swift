import Foundation
import Logging

/// One line an event on standard error: time, level, logger, metadata by name, message.
///
/// The metadata is put into words only when something is logged: every request sets some, few log anything.
struct TextLogHandler: LogHandler {
    let label: String
    var logLevel = Logger.Level.info
    private var entries = LogMetadata()
    var metadataProvider: Logger.MetadataProvider?

    init(label: String) { self.label = label }

    var metadata: Logger.Metadata {
        get { entries.all }
        set { entries.all = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { entries[key] }
        set { entries[key] = newValue }
    }

    func log(event: LogEvent) {
        let words = entries.merged(with: metadataProvider, event).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value) " }.joined()
        let line = "\(Date().formatted(.iso8601)) \(event.level) \(label): \(words)[\(event.source)] \(event.message)"
        // One write a line, so that lines of several threads never mix; a line break inside would forge another.
        try? FileHandle.standardError.write(contentsOf: Data(line.utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 } + [0x0a]))
    }
}

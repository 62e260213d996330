import Foundation
import Logging

/// One JSON object a line on standard error: `time`, `level`, `logger`, `message` and the metadata by their own names.
struct JSONLogHandler: LogHandler {
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
        var line = ["level": event.level.rawValue, "logger": label, "message": event.message.description]
        line["time"] = Date().formatted(.iso8601)
        for (key, value) in entries.merged(with: metadataProvider, event) where line[key] == nil { line[key] = value.description }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var data = try? encoder.encode(line) else { return }
        data.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of several threads never mix.
        try? FileHandle.standardError.write(contentsOf: data)
    }
}

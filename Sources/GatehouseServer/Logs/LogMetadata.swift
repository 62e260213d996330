import Logging

/// The metadata of a logger as a short list: every request gets a logger with three entries, and hardly one of them logs anything.
struct LogMetadata: Sendable {
    private var entries: [(key: String, value: Logger.MetadataValue)] = []

    subscript(key: String) -> Logger.MetadataValue? {
        get {
            for (name, value) in entries where name == key { return value }
            return nil
        }
        set {
            if let index = entries.firstIndex(where: { $0.key == key }) { entries.remove(at: index) }
            if let newValue { entries.append((key, newValue)) }
        }
    }

    var all: Logger.Metadata {
        get { Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value) }) }
        set { entries = newValue.map { ($0.key, $0.value) } }
    }

    /// What stands in the line of `event`: its own entries over those of the provider over these.
    func merged(with provider: Logger.MetadataProvider?, _ event: LogEvent) -> Logger.Metadata {
        all.merging(provider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    }
}

public import Logging

extension Configuration {
    /// The logger that the settings describe; it writes to standard error.
    public func logger(label: String = "gatehouse") -> Logger {
        let level = Logger.Level(rawValue: log.level.rawValue) ?? .info
        let format = log.format
        var logger = Logger(label: label) { label in
            switch format {
            case .text: TextLogHandler(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = level
        return logger
    }
}

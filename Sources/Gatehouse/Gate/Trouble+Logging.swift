import GatehouseAccounts
import Logging

extension Trouble {
    /// One line when a background task begins to fail, and one when it works again.
    func log(to logger: Logger) {
        if let error {
            logger.error("A background task fails: \(error)", metadata: ["gate.task": "\(task.rawValue)", "gate.code": "\(error.code)"])
        } else {
            logger.notice("A background task works again.", metadata: ["gate.task": "\(task.rawValue)"])
        }
    }
}

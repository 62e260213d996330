import Foundation
import GatehouseCore
import GatehouseProxy
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Hosts one UI process for the tests, so that they can end the host in every way there is: `ui-process-host program arguments…`.
@main struct UIProcessHost {
    static func main() async throws {
        var logger = Logger(label: "host") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let ui = try await UIProcess(
            command: UICommand(words: Array(CommandLine.arguments.dropFirst())), environment: ProcessInfo.processInfo.environment,
            secretNames: ["HOST_SECRET"], apiURL: "http://127.0.0.1:9/api",
            settings: .init(
                startTimeout: .seconds(60), startInterval: .milliseconds(20), watchInterval: .milliseconds(50), stopGrace: .seconds(1),
                restarts: .init(initialDelay: .milliseconds(10), failuresToGiveUp: 3)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            output: { FileHandle.standardOutput.write(Data("ui | \($0)\n".utf8)) })
        FileHandle.standardOutput.write(Data("port \(ui.port)\n".utf8))
        do {
            try await ServiceGroup(services: [ui], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
        } catch {
            FileHandle.standardOutput.write(Data("failed \(error)\n".utf8))
            exit(1)
        }
    }
}

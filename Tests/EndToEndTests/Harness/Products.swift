import Foundation

/// Where things are that the tests start.
enum Products {
    /// The root of the checkout.
    static let checkout = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The gateway: `GATEHOUSE_TEST_BINARY`, else the program beside the test bundle.
    static let gatehouse: String = {
        if let given = variable("GATEHOUSE_TEST_BINARY") { return given }
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("gatehouse").path
    }()

    static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}

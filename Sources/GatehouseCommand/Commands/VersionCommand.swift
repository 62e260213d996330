import ArgumentParser

struct VersionCommand: ParsableCommand {
    static let version = "0.1.0"
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() { print("gatehouse \(Self.version)") }
}

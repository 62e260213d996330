import Foundation
import GatehouseCore
import GatehouseServer
import Testing

/// A directory of its own with the files of one configuration.
struct ConfigurationFiles {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-configuration-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    func write(_ text: String, to name: String) throws -> String {
        try write(Data(text.utf8), to: name)
    }

    func write(_ data: Data, to name: String) throws -> String {
        let path = directory.appendingPathComponent(name).path
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// Reads a configuration from these texts.
func load(
    yaml: String = "", dotEnv: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:]
) throws -> Configuration {
    let files = try ConfigurationFiles()
    defer { files.remove() }
    return try Configuration.load(
        flags: flags, environment: environment, dotEnvPath: dotEnv.map { try files.write($0, to: ".env") },
        yamlPath: try files.write(yaml, to: "gatehouse.yaml"))
}

/// What the operator is told about a configuration that is refused, with the files' directory taken out.
func refusal(
    yaml: String = "", dotEnv: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:],
    _ location: SourceLocation = #_sourceLocation
) -> String {
    do {
        _ = try load(yaml: yaml, dotEnv: dotEnv, environment: environment, flags: flags)
        Issue.record("the configuration was accepted", sourceLocation: location)
        return ""
    } catch let error as GatehouseError {
        #expect(error.code == .configurationInvalid, sourceLocation: location)
        return error.message.replacing(/[^ (]*gatehouse-configuration-[^\/]*\//, with: "")
    } catch {
        Issue.record("another error: \(error)", sourceLocation: location)
        return ""
    }
}

import ArgumentParser
import Foundation
import GatehouseServer

/// The options that say where the settings are.
struct ConfigurationFile: ParsableArguments {
    @Option(name: .long, help: "The YAML file; gatehouse.yaml if it is there.")
    var config: String?

    /// Where accounts are kept is all that most commands need to know beside the file.
    @Option(name: .long, help: "Where accounts are kept, such as sqlite:gatehouse.db.")
    var store: String?

    func load(flags: [String: String?] = [:]) throws -> Configuration {
        try Configuration.load(
            flags: flags.merging(["--store": store]) { flag, _ in flag }.compactMapValues { $0 },
            environment: ProcessInfo.processInfo.environment, yamlPath: config)
    }
}

/// What `serve` and `dev` take beside.
struct ServingOptions: ParsableArguments {
    @OptionGroup var file: ConfigurationFile

    @Option(name: .long, help: "The address to listen on.")
    var host: String?

    @Option(name: .long, help: "The port to listen on; 0 takes a free one.")
    var port: String?

    @Option(name: .long, help: ArgumentHelp("The UI: a URL, or a command that is started on a private port.", valueName: "url|command"))
    var ui: String?

    func load() throws -> Configuration { try file.load(flags: ["--host": host, "--port": port, "--ui": ui]) }
}

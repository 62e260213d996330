public import GatehouseCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Configuration {
    /// Reads the settings: flags before environment before `.env` before YAML before defaults.
    ///
    /// - Parameters:
    ///   - flags: the values by flag, such as `["--port": "9000"]`.
    ///   - environment: usually that of the process; a variable without text counts as not given.
    ///   - dotEnvPath: read if it is there; `nil` for none.
    ///   - yamlPath: must be there; `nil` takes `GATEHOUSE_CONFIG`, or `gatehouse.yaml` if it is there.
    ///
    /// Throws `configuration_invalid` naming every unknown key, wrong type and value out of range with its place and remedy.
    public static func load(
        flags: [String: String] = [:], environment: [String: String], dotEnvPath: String? = ".env", yamlPath: String? = nil
    ) throws(GatehouseError) -> Configuration {
        let dotEnv = try dotEnvPath.map { path throws(GatehouseError) in
            try text(of: path, isRequired: false).map { text throws(GatehouseError) in try DotEnv(text, file: path) } ?? .empty
        }
        let variables = Variables(environment: environment, dotEnv: dotEnv ?? .empty)
        var layers = Layers(flags: flags, variables: variables)
        if let path = yamlPath ?? variables["GATEHOUSE_CONFIG"]?.value {
            try layers.add(yaml: text(of: path, isRequired: true) ?? "", file: path)
        } else if let text = try text(of: "gatehouse.yaml", isRequired: false) {
            try layers.add(yaml: text, file: "gatehouse.yaml")
        }
        return try layers.configuration()
    }

    private static func text(of path: String, isRequired: Bool) throws(GatehouseError) -> String? {
        guard FileManager.default.fileExists(atPath: path) else {
            guard isRequired else { return nil }
            throw GatehouseError(.configurationInvalid, "The configuration file \(path) is not there: correct the path.")
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw GatehouseError(.configurationInvalid, "The configuration file \(path) cannot be read: check its permissions.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw GatehouseError(.configurationInvalid, "The configuration file \(path) is not UTF-8 text.")
        }
        return text
    }
}

/// The variables of the environment and of `.env`, the former first.
struct Variables {
    let environment: [String: String]
    let dotEnv: DotEnv

    subscript(name: String) -> (value: String, source: ConfigurationSource)? {
        if let value = environment[name], !value.isEmpty { return (value, .environment(name)) }
        if let variable = dotEnv.variables[name], !variable.value.isEmpty { return (variable.value, variable.source) }
        return nil
    }

    /// Every name with a value.
    var values: [String: String] {
        dotEnv.variables.mapValues(\.value).merging(environment.filter { !$0.value.isEmpty }) { _, environment in environment }
    }

    /// Names that start like ours and are none of ours, except `others` and what Kubernetes gives every container for a service
    /// of that name.
    func problems(except others: Set<String>) -> [String] {
        let known = others.union(Configuration.keys.map(\.variable) + ["GATEHOUSE_CONFIG", "GATEHOUSE_API_URL"])
        return values.keys.sorted().filter {
            $0.hasPrefix("GATEHOUSE_") && !known.contains($0) && !$0.hasPrefix("GATEHOUSE_TEST_") && !isServiceLink($0)
        }.map { name in
            let source = environment[name] == nil ? dotEnv.variables[name]?.source ?? .environment(name) : .environment(name)
            return "\(name) (\(source)) is no setting\(KeyTree.suggestion(name, among: known))."
        }
    }

    private func isServiceLink(_ name: String) -> Bool {
        let value = values[name] ?? ""
        return value.hasPrefix("tcp://") || value.hasPrefix("udp://") || name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT")
            || name.contains("_TCP_") || name.contains("_UDP_")
    }
}

/// All sources, laid over each other.
private struct Layers {
    let flags: [String: String]
    let variables: Variables
    private var yaml: [String: ConfigurationNode] = [:]
    private var problems: [String] = []

    init(flags: [String: String], variables: Variables) {
        self.flags = flags
        self.variables = variables
    }

    mutating func add(yaml text: String, file: String) throws(GatehouseError) {
        guard let root = try YAMLFile(name: file).parse(text) else { return }
        let tree = KeyTree(root, keys: Configuration.keys.map(\.path))
        yaml = tree.nodes
        problems += tree.problems
    }

    func configuration() throws(GatehouseError) -> Configuration {
        var configuration = Configuration()
        var context = ReadingContext(variables: variables.values)
        var problems = problems
        for key in Configuration.keys {
            guard let node = node(key) else { continue }
            configuration.provenance[key.path] = node.source
            do throws(GatehouseError) {
                try key.read(node, &configuration, &context)
            } catch {
                // A list of maps names its own keys and places.
                problems.append(error.message.hasPrefix("\(key.path)[") ? error.message : problem(key.path, node.source, error))
            }
        }
        let secretNames = context.secretNames.union(yaml.values.flatMap(\.secretNames))
        problems += variables.problems(except: secretNames) + configuration.contradictions
        guard problems.isEmpty else { throw GatehouseError(.configurationInvalid, problems.joined(separator: "\n")) }
        configuration.secretEnvironmentNames = secretNames.union(variables.dotEnv.variables.keys)
        return configuration
    }

    private func node(_ key: ConfigurationKey<Configuration>) -> ConfigurationNode? {
        if let flag = key.flag, let value = flags[flag] { return ConfigurationNode(content: .untyped(value), source: .flag(flag)) }
        if let (value, source) = variables[key.variable] { return ConfigurationNode(content: .untyped(value), source: source) }
        return yaml[key.path]
    }
}

extension ConfigurationNode {
    /// The variables that `{ env: NAME }` names, also where another source goes before it.
    fileprivate var secretNames: [String] {
        switch content {
        case .list(let members): members.flatMap(\.secretNames)
        case .map(let entries):
            if entries.count == 1, entries[0].key == "env", let name = try? entries[0].value.text(wanted: "") {
                [name]
            } else {
                entries.flatMap(\.value.secretNames)
            }
        default: []
        }
    }
}

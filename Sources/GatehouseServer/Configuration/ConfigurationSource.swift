/// Where a setting comes from, as an operator would name it.
public enum ConfigurationSource: Sendable, Hashable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case dotEnv(file: String, line: Int, name: String)
    case yaml(file: String, line: Int)
    case builtIn

    public var description: String {
        switch self {
        case .flag(let name): "the flag \(name)"
        case .environment(let name): "the environment variable \(name)"
        case .dotEnv(let file, let line, let name): "\(name) in \(file):\(line)"
        case .yaml(let file, let line): "\(file):\(line)"
        case .builtIn: "the default"
        }
    }
}

public import GatehouseCore

/// A further guard on a part of the UI's or an upstream's paths.
public struct GuardSettings: Sendable {
    /// The path that it lies on, with everything below; `{name}` stands for one segment.
    public var path = ""
    public var `guard`: Policy?
}

extension GuardSettings: ConfigurationMember {
    static let noun = "a guard"
    static let keys: [ConfigurationKey<GuardSettings>] = [
        ConfigurationKey("path", \.path, .guardedPath, "The path with everything below; `{name}` stands for one segment.", isRequired: true),
        ConfigurationKey(
            "guard", \.guard, .guardRule, "Who of those whom the upstream's own guard admits may go on; the longest path decides.",
            isRequired: true),
    ]

    var contradictions: [(key: String, sentence: String)] {
        guard let policy = self.guard else { return [] }
        if policy.isPublic { return [("guard", "is public, and guards of paths only narrow: open the upstream with its own guard")] }
        let held = Set(Self.segments(path).compactMap(Self.parameter))
        return policy.parameters.subtracting(held).sorted().map { ("guard", "judges {\($0)}, which the path does not hold: add it to the path") }
    }

    static func segments(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// The name of a parameter that a segment is.
    static func parameter(_ segment: String) -> String? {
        segment.hasPrefix("{") && segment.hasSuffix("}") ? String(segment.dropFirst().dropLast()) : nil
    }
}

import GatehouseCore
import Hummingbird

/// The path of a route: literal segments, parameters (`:name`, `{name}`), `*` for one segment and `**` for all the rest.
struct RoutePattern: Sendable, Hashable, CustomStringConvertible {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
        case rest
    }

    let segments: [Segment]

    /// Throws `configuration_invalid` for segments that mix text and a parameter, and for `**` before the end.
    init(_ path: RouterPath) throws(GatehouseError) {
        var segments: [Segment] = []
        for element in path.components {
            let text = element.description
            guard segments.last != .rest else { throw Self.unusable(path, "“**” stands only at the end") }
            if text == "**" {
                segments.append(.rest)
            } else if text == "*" {
                segments.append(.parameter(""))
            } else if text.hasPrefix("{"), text.hasSuffix("}") {
                segments.append(.parameter(String(text.dropFirst().dropLast())))
            } else if text.contains("{") || text.contains("*") || text.contains("%") {
                throw Self.unusable(path, "“\(text)” mixes text with a parameter, a wildcard or an escape")
            } else {
                segments.append(.literal(text))
            }
        }
        self.segments = segments
    }

    var hasParameters: Bool {
        segments.contains { if case .parameter(let name) = $0 { !name.isEmpty } else { false } }
    }

    /// What the parameters match in `path`, from its bytes as sent, decoded once.
    func parameters(in path: CanonicalPath) -> [(name: String, value: String)] {
        zip(segments, path.readings[0].segments).compactMap { segment, value in
            if case .parameter(let name) = segment, !name.isEmpty { (name, value) } else { nil }
        }
    }

    private static func unusable(_ path: RouterPath, _ why: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "The route \(path) cannot be used: \(why).")
    }

    var description: String {
        "/"
            + segments.map { segment in
                switch segment {
                case .literal(let text): text
                case .parameter(let name): name.isEmpty ? "*" : "{\(name)}"
                case .rest: "**"
                }
            }.joined(separator: "/")
    }
}

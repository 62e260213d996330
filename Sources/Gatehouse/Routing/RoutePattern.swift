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

    /// Throws `configuration_invalid` for segments that mix text and a parameter, for parameters without a name or with one twice, for
    /// text that no path holds in one way only, and for `**` before the end.
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
                let name = String(text.dropFirst().dropLast())
                guard !name.isEmpty else { throw Self.unusable(path, "a parameter has no name; “*” matches a segment without one") }
                guard !segments.contains(.parameter(name)) else { throw Self.unusable(path, "the parameter “\(name)” stands there twice") }
                segments.append(.parameter(name))
            } else if text.contains("{") || text.contains("*") || text.contains("%") {
                throw Self.unusable(path, "“\(text)” mixes text with a parameter, a wildcard or an escape")
            } else {
                guard Self.isLiteral(text) else { throw Self.unusable(path, "no request that is accepted has a segment “\(text)”") }
                segments.append(.literal(text))
            }
        }
        self.segments = segments
    }

    /// What a path can hold in one way only.
    private static func isLiteral(_ text: String) -> Bool {
        text != "." && text != ".." && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"\\#?;".utf8.contains($0) }
    }

    /// No parameter and no wildcard: one path, with or without a slash at its end.
    var isLiteral: Bool {
        segments.allSatisfy { if case .literal = $0 { true } else { false } }
    }

    var hasParameters: Bool {
        segments.contains { if case .parameter(let name) = $0 { !name.isEmpty } else { false } }
    }

    var parameterNames: Set<String> {
        segments.reduce(into: []) { names, segment in
            if case .parameter(let name) = segment, !name.isEmpty { names.insert(name) }
        }
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

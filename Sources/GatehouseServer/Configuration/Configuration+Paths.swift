import GatehouseCore

extension Configuration {
    /// Upstreams and guards whose paths cannot stand beside each other.
    var pathContradictions: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        let paths = upstreams.map(\.path)
        found += twice(paths).map { ("upstreams", "has two upstreams at \($0): give each a path of its own") }
        found += twice(guards.map(\.path)).map { ("guards", "has two guards at \($0): make one of them") }
        if ui != nil, paths.contains("/") { found.append(("upstreams", "has an upstream at /, where the UI is: remove one of them")) }
        found += paths.filter(isOwn).map { ("upstreams", "has an upstream at \($0), which is Gatehouse's own: choose another path") }
        found += guards.map(\.path).filter(isOwn).map { ("guards", "has a guard at \($0), which is Gatehouse's own: choose another path") }
        found += uiGuard.parameters.sorted().map {
            ("ui_guard", "judges {\($0)}, which is no part of the path: use it in guards, on a path that holds it")
        }
        return found
            + guards.filter { !guardsSomething($0) }.map {
                ("guards", "has a guard at \($0.path), where neither the UI nor an upstream is: correct the path")
            } + rivals
    }

    private func twice(_ paths: [String]) -> [String] {
        Set(paths).filter { path in paths.count { $0 == path } > 1 }.sorted()
    }

    private func isOwn(_ path: String) -> Bool {
        [api.mount, "/auth", "/.well-known"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Where something answers beside Gatehouse itself.
    private var answeringPaths: [String] { upstreams.map(\.path) + (ui == nil ? [] : ["/"]) }

    private func guardsSomething(_ guardian: GuardSettings) -> Bool {
        let path = GuardSettings.segments(guardian.path)
        return answeringPaths.map(GuardSettings.segments).contains { path.starts(with: $0) || $0.starts(with: path) }
    }

    /// Pairs of paths of which a request may mean either, or which a reader could take for each other.
    private var rivals: [(key: String, sentence: String)] {
        let all = guards.map(\.path) + answeringPaths
        var found: [(key: String, sentence: String)] = []
        for (index, path) in guards.map(\.path).enumerated() {
            for other in all[(index + 1)...] where Self.areRivals(path, other) {
                found.append(("guards", "has a guard at \(path) beside \(other), and one path can mean both: tell them apart by their words"))
            }
        }
        return found
    }

    private static func areRivals(_ left: String, _ right: String) -> Bool {
        let pairs = zip(GuardSettings.segments(left), GuardSettings.segments(right))
        guard let (one, other) = pairs.first(where: { $0 != $1 }) else { return false }
        return GuardSettings.parameter(one) != nil || GuardSettings.parameter(other) != nil || one.lowercased() == other.lowercased()
    }

    /// The guard of the longest path at or above `path`.
    func guardPolicy(above path: String) -> Policy? {
        let segments = GuardSettings.segments(path)
        return guards.filter { segments.starts(with: GuardSettings.segments($0.path)) }.max { $0.path.utf8.count < $1.path.utf8.count }?.guard
    }

    /// The guards below `path` that belong to what answers there and to nothing that lies between.
    func guards(below path: String) -> [GuardSettings] {
        let segments = GuardSettings.segments(path)
        return guards.filter { guardian in
            let own = GuardSettings.segments(guardian.path)
            let longest = answeringPaths.map(GuardSettings.segments).filter { own.starts(with: $0) }.map(\.count).max()
            return own.count > segments.count && own.starts(with: segments) && longest == segments.count
        }
    }
}

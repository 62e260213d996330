import GatehouseCore

/// All routes of a gateway, found by path: the one place that says which route a request means.
///
/// Literal segments win over parameters and parameters over `**`, segment by segment, with backtracking.
struct RouteTable: Sendable {
    struct Node: Sendable {
        var literals: [String: Int] = [:]
        /// The same literals for readings to which letter case does not count.
        var folded: [String: Int] = [:]
        var parameter: Int?
        var endpoint: Int?
        var rest: Int?
    }

    /// The endpoints that share a pattern, by method.
    struct Entry: Sendable {
        let pattern: RoutePattern
        /// A list: there are too few for anything else to be faster.
        private(set) var endpoints: [(method: String, endpoint: Endpoint)] = []
        fileprivate(set) var anyMethod: Endpoint?

        init(pattern: RoutePattern) { self.pattern = pattern }

        /// The endpoint for `method`; a HEAD is decided as the GET.
        func endpoint(_ method: String) -> Endpoint? {
            self[method] ?? (method == "HEAD" ? self["GET"] : nil) ?? anyMethod
        }

        /// The endpoint that was added for `method` alone.
        fileprivate(set) subscript(method: String) -> Endpoint? {
            get {
                for (name, endpoint) in endpoints where name == method { return endpoint }
                return nil
            }
            set {
                endpoints.removeAll { $0.method == method }
                if let newValue { endpoints.append((method, newValue)) }
            }
        }

        var methods: [String] { (endpoints.map(\.method) + (self["GET"] != nil ? ["HEAD"] : [])).sorted() }
    }

    private var nodes = [Node()]
    /// The entries of patterns without parameters by their whole path: literals win, so no other can.
    private var exact: [String: Int] = [:]
    private(set) var entries: [Entry] = []
    /// Some literal looks different where letter case does not count, so that every reading has a second one.
    private var hasFoldedLiterals = false

    /// Keeps everything at and below the path from routes that are wider, such as a UI at `/`.
    mutating func reserve(_ pattern: RoutePattern) throws(GatehouseError) { _ = try entry(for: pattern) }

    /// Throws `configuration_invalid` if the pattern already answers to the method (`nil`: to every method).
    mutating func add(_ pattern: RoutePattern, method: String?, _ endpoint: Endpoint) throws(GatehouseError) {
        let index = try entry(for: pattern)
        let taken = method.map { entries[index][$0] != nil } ?? (entries[index].anyMethod != nil)
        guard entries[index].pattern == pattern else {
            throw GatehouseError(
                .configurationInvalid, "The routes \(pattern) and \(entries[index].pattern) differ in parameter names alone: use the same.")
        }
        guard !taken else { throw GatehouseError(.configurationInvalid, "The route \(method ?? "*") \(pattern) is defined twice.") }
        if let method { entries[index][method] = endpoint } else { entries[index].anyMethod = endpoint }
    }

    private mutating func entry(for pattern: RoutePattern) throws(GatehouseError) -> Int {
        var node = 0
        for segment in pattern.segments {
            switch segment {
            case .literal(let text): node = try child(of: node, literal: text)
            case .parameter: node = child(of: node)
            case .rest: return existing(\.rest, of: node, pattern)
            }
        }
        let index = existing(\.endpoint, of: node, pattern)
        if pattern.isLiteral { exact[pattern.description] = index }
        return index
    }

    private mutating func existing(_ slot: WritableKeyPath<Node, Int?>, of node: Int, _ pattern: RoutePattern) -> Int {
        if let index = nodes[node][keyPath: slot] { return index }
        entries.append(Entry(pattern: pattern))
        nodes[node][keyPath: slot] = entries.count - 1
        return entries.count - 1
    }

    private mutating func child(of node: Int, literal text: String) throws(GatehouseError) -> Int {
        if let index = nodes[node].literals[text] { return index }
        let folded = PathReading.folded(text)
        guard nodes[node].folded[folded] == nil else {
            throw GatehouseError(.configurationInvalid, "Two routes differ in the letter case of “\(text)” alone: rename one.")
        }
        if folded != text { hasFoldedLiterals = true }
        nodes.append(Node())
        nodes[node].literals[text] = nodes.count - 1
        nodes[node].folded[folded] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func child(of node: Int) -> Int {
        if let index = nodes[node].parameter { return index }
        nodes.append(Node())
        nodes[node].parameter = nodes.count - 1
        return nodes.count - 1
    }

    /// The entry that every reading of `path` means; `nil` where all mean none. Throws `ambiguous_path` where they differ.
    func find(_ path: CanonicalPath) throws(GatehouseError) -> Int? {
        if path.isPlain, !hasFoldedLiterals { return find(plain: path.raw) }
        var found: Int??
        let readings = path.readings
        for reading in hasFoldedLiterals ? readings + readings.map({ PathReading(folding: $0) }) : readings {
            let index = find(reading.segments[...], foldingCase: reading.foldsCase, from: 0)
            if let found, found != index {
                throw GatehouseError(.ambiguousPath, "The path can be read in two ways that mean different routes.")
            }
            found = .some(index)
        }
        return found ?? nil
    }

    private func find(plain path: String) -> Int? { exact[path] ?? find(plain: path[...], from: 0) }

    /// Below a node, for the rest of a plain path: nothing, or a slash and what follows. Allocates nothing for short segments.
    private func find(plain path: Substring, from index: Int) -> Int? {
        guard path.utf8.count > 1 else { return nodes[index].endpoint ?? nodes[index].rest }
        let start = path.utf8.index(after: path.startIndex)
        let end = path.utf8[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        let rest = path[end...]
        if let literal = nodes[index].literals[String(path[start..<end])], let found = find(plain: rest, from: literal) { return found }
        if let parameter = nodes[index].parameter, let found = find(plain: rest, from: parameter) { return found }
        return nodes[index].rest
    }

    private func find(_ segments: ArraySlice<String>, foldingCase: Bool, from index: Int) -> Int? {
        let node = nodes[index]
        guard let segment = segments.first else { return node.endpoint ?? node.rest }
        let rest = segments.dropFirst()
        let literal = foldingCase ? node.folded[segment] : node.literals[segment]
        if let literal, let found = find(rest, foldingCase: foldingCase, from: literal) { return found }
        if let parameter = node.parameter, !segment.isEmpty, let found = find(rest, foldingCase: foldingCase, from: parameter) { return found }
        return node.rest
    }

    subscript(index: Int) -> Entry { entries[index] }

    /// Where the entry stands, so that not all of it is copied for one word.
    func endpoint(at index: Int, _ method: String) -> Endpoint? { entries[index].endpoint(method) }
    func hasParameters(at index: Int) -> Bool { entries[index].pattern.hasParameters }
}

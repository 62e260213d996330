public import GatehouseCore

/// A JSON document (RFC 8259) that was read strictly, once; values are decoded when asked for.
///
/// Refuses members named twice (compared after unescaping), nesting deeper than 16, numbers that no finite double is near,
/// invalid UTF-8, lone surrogates and anything behind the value. It reads and never writes.
public struct StrictJSON: Sendable {
    /// The document as it was given.
    public let bytes: [UInt8]
    let nodes: [JSONNode]

    /// Reads `bytes`; about 2 ns a byte. Throws `code` with the reason for what is refused.
    public init(_ bytes: [UInt8], refusingWith code: GatehouseError.Code = .invalidToken) throws(GatehouseError) {
        do {
            try self.init(checking: bytes)
        } catch {
            throw GatehouseError(code, "The JSON \(error.reason).")
        }
    }

    init(checking bytes: [UInt8]) throws(JSONFault) {
        self.bytes = bytes
        nodes = try JSONReader.read(bytes.span)
    }

    /// The outermost value.
    public var root: Element { Element(document: self, index: 0) }

    /// One value of a document.
    public struct Element: Sendable {
        let document: StrictJSON
        let index: Int

        private var node: JSONNode { document.nodes[index] }

        public var isNull: Bool { node.kind == .null }
        public var isObject: Bool { node.kind == .object }

        /// The member of that name; `nil` where there is none or this is no object.
        public subscript(_ name: String) -> Element? {
            document.member(name, of: index).map { Element(document: document, index: $0) }
        }

        /// The value at the end of `path`, member by member.
        public func element(at path: [String]) -> Element? {
            path.reduce(Optional(self)) { element, name in element?[name] }
        }

        /// The text of a string.
        public var string: String? { document.string(index) }

        public var bool: Bool? {
            switch node.kind {
            case .true: true
            case .false: false
            default: nil
            }
        }

        /// A number written without fraction and exponent that fits.
        public var integer: Int64? { document.integer(index) }

        /// Any number, as the nearest double.
        public var number: Double? { document.number(index) }

        /// The elements of an array.
        public var array: [Element]? {
            guard node.kind == .array else { return nil }
            return document.children(of: index).map { Element(document: document, index: $0) }
        }

        /// The strings of an array; `nil` when one of its elements is none.
        public var strings: [String]? {
            guard node.kind == .array else { return nil }
            var strings: [String] = []
            for child in document.children(of: index) {
                guard let string = document.string(child) else { return nil }
                strings.append(string)
            }
            return strings
        }

        /// The members of an object in the order of the text.
        public var members: [(name: String, value: Element)]? {
            guard node.kind == .object else { return nil }
            return document.children(of: index).map { name in
                (document.string(name) ?? "", Element(document: document, index: name + 1))
            }
        }

        /// The bytes of this value as they stand in the document.
        var text: ArraySlice<UInt8> {
            let range = node.range
            return node.isString ? document.bytes[range.lowerBound - 1..<range.upperBound + 1] : document.bytes[range]
        }
    }
}

extension StrictJSON {
    /// The indices of an array's elements or of an object's names (a value is one behind its name).
    func children(of index: Int) -> [Int] {
        var indices: [Int] = []
        forEachChild(of: index) { indices.append($0) }
        return indices
    }

    func forEachChild(of index: Int, _ body: (Int) -> Void) {
        let isObject = nodes[index].kind == .object
        let end = Int(nodes[index].next)
        var child = index + 1
        while child < end {
            body(child)
            child = Int(nodes[isObject ? child + 1 : child].next)
        }
    }

    /// The index of the value of the member of that name.
    func member(_ name: String, of index: Int) -> Int? {
        guard nodes[index].kind == .object else { return nil }
        let end = Int(nodes[index].next)
        var child = index + 1
        while child < end {
            if string(child, equals: name) { return child + 1 }
            child = Int(nodes[child + 1].next)
        }
        return nil
    }

    func string(_ index: Int) -> String? {
        switch nodes[index].kind {
        case .string: String(decoding: bytes[nodes[index].range], as: UTF8.self)
        case .escapedString: String(decoding: JSONText.unescaped(nodes[index], bytes.span), as: UTF8.self)
        default: nil
        }
    }

    private func string(_ index: Int, equals text: String) -> Bool {
        let node = nodes[index]
        guard node.kind == .string else { return string(index).map { $0.utf8.elementsEqual(text.utf8) } ?? false }
        return node.range.count == text.utf8.count && bytes[node.range].elementsEqual(text.utf8)
    }

    /// Whether the string is `text`, byte for byte after unescaping.
    func string(_ index: Int, equals text: [UInt8]) -> Bool {
        let node = nodes[index]
        switch node.kind {
        case .string: return node.range.count == text.count && bytes[node.range].elementsEqual(text)
        case .escapedString: return JSONText.unescaped(node, bytes.span) == text
        default: return false
        }
    }

    func integer(_ index: Int) -> Int64? {
        let node = nodes[index]
        switch node.kind {
        case .integer: return JSONText.integer(bytes.span, node.range)
        case .number: return Int64(String(decoding: bytes[node.range], as: UTF8.self))
        default: return nil
        }
    }

    func number(_ index: Int) -> Double? {
        let node = nodes[index]
        switch node.kind {
        case .integer: return Double(JSONText.integer(bytes.span, node.range))
        case .number: return JSONText.double(bytes.span, node.range)
        default: return nil
        }
    }
}

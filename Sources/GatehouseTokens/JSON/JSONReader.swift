/// Reads JSON (RFC 8259) strictly into nodes; one pass, one allocation for documents of ordinary shape.
///
/// Refuses what two readers could take in two ways: members named twice (compared after unescaping), numbers that no
/// double holds, invalid UTF-8, lone surrogates, anything behind the value; and nesting deeper than 16.
struct JSONReader {
    static let maximumDepth = 16
    static let maximumBytes = 16 * 1024 * 1024
    private static let longestNumber = 400

    private(set) var nodes: [JSONNode] = []
    private var position = 0

    static func read(_ bytes: Span<UInt8>) throws(JSONFault) -> [JSONNode] {
        guard bytes.count <= maximumBytes else { throw JSONFault("is too long") }
        var reader = JSONReader()
        reader.nodes.reserveCapacity(min(bytes.count / 8, 4096) + 8)
        reader.skipSpace(bytes)
        try reader.readValue(bytes, depth: 0)
        reader.skipSpace(bytes)
        guard reader.position == bytes.count else { throw JSONFault("goes on behind its end") }
        return reader.nodes
    }

    private func peek(_ bytes: Span<UInt8>) -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func readValue(_ bytes: Span<UInt8>, depth: Int) throws(JSONFault) {
        guard let first = peek(bytes) else { throw JSONFault("ends too early") }
        switch first {
        case UInt8(ascii: "{"): try readObject(bytes, depth: depth + 1)
        case UInt8(ascii: "["): try readArray(bytes, depth: depth + 1)
        case UInt8(ascii: "\""): try readString(bytes)
        case UInt8(ascii: "t"): try readWord("true", .true, bytes)
        case UInt8(ascii: "f"): try readWord("false", .false, bytes)
        case UInt8(ascii: "n"): try readWord("null", .null, bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber(bytes)
        default: throw JSONFault("has something that is no JSON value")
        }
    }

    private mutating func append(_ kind: JSONNode.Kind, _ start: Int, _ end: Int) {
        nodes.append(
            JSONNode(
                kind: kind, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: nodes.count + 1)))
    }

    private mutating func close(_ index: Int) {
        nodes[index].end = UInt32(truncatingIfNeeded: position)
        nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    // MARK: Containers

    /// Opens a container and says whether it has children.
    private mutating func open(
        _ kind: JSONNode.Kind, _ bytes: Span<UInt8>, depth: Int, closing: UInt8
    ) throws(JSONFault) -> Bool {
        guard depth <= Self.maximumDepth else { throw JSONFault("is nested too deeply") }
        append(kind, position, position)
        position += 1
        skipSpace(bytes)
        guard peek(bytes) == closing else { return true }
        position += 1
        close(nodes.count - 1)
        return false
    }

    /// Steps over the comma before another child, or over the closing bracket.
    private mutating func another(_ bytes: Span<UInt8>, closing: UInt8) throws(JSONFault) -> Bool {
        skipSpace(bytes)
        let byte = peek(bytes)
        guard byte == closing || byte == UInt8(ascii: ",") else { throw JSONFault("has a list that is neither continued nor closed") }
        position += 1
        guard byte != closing else { return false }
        skipSpace(bytes)
        return true
    }

    private mutating func readArray(_ bytes: Span<UInt8>, depth: Int) throws(JSONFault) {
        let index = nodes.count
        guard try open(.array, bytes, depth: depth, closing: UInt8(ascii: "]")) else { return }
        repeat {
            try readValue(bytes, depth: depth)
        } while try another(bytes, closing: UInt8(ascii: "]"))
        close(index)
    }

    private mutating func readObject(_ bytes: Span<UInt8>, depth: Int) throws(JSONFault) {
        let index = nodes.count
        guard try open(.object, bytes, depth: depth, closing: UInt8(ascii: "}")) else { return }
        var names = MemberNames()
        repeat {
            guard peek(bytes) == UInt8(ascii: "\"") else { throw JSONFault("has a member without a name") }
            let name = nodes.count
            try readString(bytes)
            guard names.insert(name, of: index, nodes, bytes) else { throw JSONFault("names a member twice") }
            skipSpace(bytes)
            guard peek(bytes) == UInt8(ascii: ":") else { throw JSONFault("has a member without a value") }
            position += 1
            skipSpace(bytes)
            try readValue(bytes, depth: depth)
        } while try another(bytes, closing: UInt8(ascii: "}"))
        close(index)
    }

    // MARK: Scalars

    private mutating func readWord(_ word: String, _ kind: JSONNode.Kind, _ bytes: Span<UInt8>) throws(JSONFault) {
        let start = position
        for byte in word.utf8 {
            guard peek(bytes) == byte else { throw JSONFault("has a word that is no JSON value") }
            position += 1
        }
        append(kind, start, position)
    }

    private mutating func readString(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = position + 1
        let scan = try JSONText.scan(bytes, from: start)
        position = scan.end + 1
        append(scan.isEscaped ? .escapedString : .string, start, scan.end)
    }

    private mutating func readNumber(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = position
        if peek(bytes) == UInt8(ascii: "-") { position += 1 }
        let first = peek(bytes)
        let digits = try readDigits(bytes)
        guard digits == 1 || first != UInt8(ascii: "0") else { throw JSONFault("has a number with a leading zero") }
        var isInteger = digits <= 18
        if peek(bytes) == UInt8(ascii: ".") {
            position += 1
            isInteger = false
            _ = try readDigits(bytes)
        }
        if peek(bytes) == UInt8(ascii: "e") || peek(bytes) == UInt8(ascii: "E") {
            position += 1
            isInteger = false
            if peek(bytes) == UInt8(ascii: "+") || peek(bytes) == UInt8(ascii: "-") { position += 1 }
            _ = try readDigits(bytes)
        }
        append(isInteger ? .integer : .number, start, position)
        guard isInteger || (position - start <= Self.longestNumber && JSONText.double(bytes, start..<position) != nil) else {
            throw JSONFault("has a number that is out of range")
        }
    }

    private mutating func readDigits(_ bytes: Span<UInt8>) throws(JSONFault) -> Int {
        let start = position
        while let byte = peek(bytes), byte &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw JSONFault("has a number without digits") }
        return position - start
    }
}

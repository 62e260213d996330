/// What the bytes of JSON strings and numbers mean.
enum JSONText {
    /// Finds the closing quote of the string that begins at `from`, and checks all before it.
    static func scan(_ bytes: Span<UInt8>, from: Int) throws(JSONFault) -> (end: Int, isEscaped: Bool) {
        var position = from
        var isEscaped = false
        while position < bytes.count {
            // The loop has just looked; it is what reading a token costs most.
            let byte = bytes[unchecked: position]
            if byte &- 0x20 < 0x60, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                position &+= 1
                continue
            }
            if byte == UInt8(ascii: "\"") { return (position, isEscaped) }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                position = try escape(bytes, at: position).end
            } else if byte < 0x20 {
                throw JSONFault("has a control character in a string")
            } else {
                let length = UTF8Check.lengthOfScalar(bytes, at: position)
                guard length > 0 else { throw JSONFault("is not UTF-8") }
                position += length
            }
        }
        throw JSONFault("has a string without an end")
    }

    /// The scalar that the escape at `position` stands for, and the byte behind it.
    static func escape(_ bytes: Span<UInt8>, at position: Int) throws(JSONFault) -> (scalar: Unicode.Scalar, end: Int) {
        guard position + 1 < bytes.count else { throw JSONFault("has a string without an end") }
        let short: Unicode.Scalar
        switch bytes[position + 1] {
        case UInt8(ascii: "\""): short = "\""
        case UInt8(ascii: "\\"): short = "\\"
        case UInt8(ascii: "/"): short = "/"
        case UInt8(ascii: "b"): short = "\u{8}"
        case UInt8(ascii: "f"): short = "\u{C}"
        case UInt8(ascii: "n"): short = "\n"
        case UInt8(ascii: "r"): short = "\r"
        case UInt8(ascii: "t"): short = "\t"
        case UInt8(ascii: "u"): return try unicodeEscape(bytes, at: position)
        default: throw JSONFault("has an unknown escape")
        }
        return (short, position + 2)
    }

    private static func unicodeEscape(
        _ bytes: Span<UInt8>, at position: Int
    ) throws(JSONFault) -> (scalar: Unicode.Scalar, end: Int) {
        let first = try codeUnit(bytes, at: position)
        if let scalar = Unicode.Scalar(first) { return (scalar, position + 6) }
        guard first < 0xDC00 else { throw JSONFault("has a lone surrogate") }
        let second = try codeUnit(bytes, at: position + 6)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw JSONFault("has a lone surrogate") }
        return (scalar, position + 12)
    }

    private static func codeUnit(_ bytes: Span<UInt8>, at position: Int) throws(JSONFault) -> UInt32 {
        guard position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { throw JSONFault("has a lone surrogate or an escape cut short") }
        var value: UInt32 = 0
        for index in position + 2..<position + 6 {
            let digit: UInt8
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[index] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[index] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[index] - UInt8(ascii: "A") + 10
            default: throw JSONFault("has an escape that is not hexadecimal")
            }
            value = (value << 4) | UInt32(digit)
        }
        return value
    }

    /// The UTF-8 of a string that was read, its escapes resolved.
    static func unescaped(_ node: JSONNode, _ bytes: Span<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(node.range.count)
        var position = Int(node.start)
        while position < Int(node.end) {
            // It was scanned before, so the escape is whole.
            if bytes[position] == UInt8(ascii: "\\"), let escape = try? escape(bytes, at: position) {
                out.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
                position = escape.end
            } else {
                out.append(bytes[position])
                position += 1
            }
        }
        return out
    }

    /// Whether two strings have the same text.
    static func equal(_ left: JSONNode, _ right: JSONNode, _ bytes: Span<UInt8>) -> Bool {
        guard left.kind == .string, right.kind == .string else {
            return left.isString && right.isString && unescaped(left, bytes) == unescaped(right, bytes)
        }
        guard left.end - left.start == right.end - right.start else { return false }
        for offset in 0..<left.range.count where bytes[Int(left.start) + offset] != bytes[Int(right.start) + offset] {
            return false
        }
        return true
    }

    /// The number in `range`; `nil` when no finite double is near it.
    static func double(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        var text = ""
        for index in range { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// The value of at most 18 digits, with or without a minus.
    static func integer(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64 {
        var value: Int64 = 0
        for index in range where bytes[index] != UInt8(ascii: "-") {
            value = value &* 10 &+ Int64(bytes[index] &- UInt8(ascii: "0"))
        }
        return bytes[range.lowerBound] == UInt8(ascii: "-") ? -value : value
    }
}

/// Well-formed UTF-8 (Unicode 15, table 3-7).
enum UTF8Check {
    /// How many bytes the scalar at `position` has; 0 when it is ill-formed (overlong, surrogate, cut short, above U+10FFFF).
    static func lengthOfScalar(_ bytes: Span<UInt8>, at position: Int) -> Int {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[position] {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        for index in position + 2..<position + length where bytes[index] & 0xC0 != 0x80 { return 0 }
        return length
    }
}

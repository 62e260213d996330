/// A request path, kept byte for byte as it was sent, and all the ways in which somebody might read it.
///
/// What has no honest use is refused with `malformed_request`: dot segments in any encoding, `\`, NUL and control bytes,
/// invalid or overlong UTF-8, bytes outside ASCII, a fragment (`#`, `%23`), broken percent escapes.
public struct CanonicalPath: Sendable, Hashable {
    /// The bytes as sent; always starts with `/`.
    public let raw: String
    /// Nothing in the path can be read in two ways.
    public let isPlain: Bool

    /// Costs one pass over the bytes for a plain path.
    public init(_ raw: String) throws(GatehouseError) {
        guard raw.utf8.first == UInt8(ascii: "/"), raw.utf8.count <= 8192 else {
            throw Self.malformed("The path does not start with “/” or is too long.")
        }
        self.raw = raw
        isPlain = try Self.scan(raw.utf8)
        if !isPlain { try Self.refuseDishonest(raw) }
    }

    /// Whether the path is plain; throws for bytes that no path may hold.
    private static func scan(_ bytes: String.UTF8View) throws(GatehouseError) -> Bool {
        var plain = true
        var previous: UInt8 = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "/"): if previous == UInt8(ascii: "/") { plain = false }
            case UInt8(ascii: "."): if previous == UInt8(ascii: "/") { plain = false }
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "%"), UInt8(ascii: ";"): plain = false
            case 0...0x20, 0x7f...0xff, UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "?"):
                throw malformed("The path holds a byte that no path may hold.")
            default: break
            }
            previous = byte
        }
        return plain
    }

    /// Decodes every segment as often as it can be decoded and refuses what only an attacker would send.
    private static func refuseDishonest(_ raw: String) throws(GatehouseError) {
        for segment in raw.split(separator: "/") {
            var text = Array(segment.utf8)
            try refuseDots(text)
            var rounds = 0
            while text.contains(UInt8(ascii: "%")) {
                guard let decoded = percentDecoded(text, strict: rounds == 0) else { throw malformed("The path holds a broken percent escape.") }
                if decoded == text { break }
                rounds += 1
                guard rounds <= 4 else { throw malformed("The path is percent-encoded more than four times over.") }
                try refuseBytes(decoded)
                if rounds == 1 && String(validating: decoded, as: UTF8.self) == nil { throw malformed("The path is not valid UTF-8.") }
                try refuseDots(decoded)
                text = decoded
            }
        }
    }

    private static func refuseBytes(_ bytes: [UInt8]) throws(GatehouseError) {
        for byte in bytes where byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "#") {
            throw malformed("The path hides a control byte, a backslash or a fragment in a percent escape.")
        }
    }

    /// `.` and `..`, also with path parameters (`..;x`), also behind an encoded slash.
    private static func refuseDots(_ bytes: [UInt8]) throws(GatehouseError) {
        for piece in bytes.split(separator: UInt8(ascii: "/")) {
            let name = piece.prefix { $0 != UInt8(ascii: ";") }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { throw malformed("The path holds a dot segment.") }
        }
    }

    /// The bytes with each percent escape replaced; `nil` when `strict` and an escape is broken.
    static func percentDecoded(_ bytes: [UInt8], strict: Bool) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%") {
                if index + 2 < bytes.count, let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2]) {
                    result.append(high << 4 | low)
                    index += 3
                    continue
                }
                if strict { return nil }
            }
            result.append(bytes[index])
            index += 1
        }
        return result
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func malformed(_ message: String) -> GatehouseError { GatehouseError(.malformedRequest, message) }
}

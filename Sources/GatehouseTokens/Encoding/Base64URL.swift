/// The URL-safe alphabet of RFC 4648 section 5 without padding, as RFC 7515 section 2 wants it.
public enum Base64URL {
    /// The text of `bytes`, without `=`.
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: encodedBytes(of: Array(bytes)), as: UTF8.self)
    }

    /// The bytes that `text` stands for; `nil` for padding, white space, the other alphabet, and text whose unused bits
    /// are not zero, so that two texts never decode to the same bytes.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return decode(bytes.span, 0..<bytes.count)
    }

    static func encodedBytes(of bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count * 4 + 2) / 3)
        append(bytes, to: &out)
        return out
    }

    /// Appends the text of `bytes` to `out`.
    static func append(_ bytes: [UInt8], to out: inout [UInt8]) {
        var accumulator: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            accumulator = (accumulator << 8) | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                out.append(alphabet[Int((accumulator >> bits) & 63)])
            }
        }
        if bits > 0 { out.append(alphabet[Int((accumulator << (6 - bits)) & 63)]) }
    }

    /// Decodes `range` of `text`, with one allocation; `nil` as in `decode(_:)`.
    static func decode(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        precondition(range.lowerBound >= 0 && range.upperBound <= text.count, "the range is not one of the text")
        let tail = range.count & 3
        guard tail != 1 else { return nil }
        let whole = range.lowerBound + (range.count - tail)
        let table = values.span
        var out = [UInt8](repeating: 0, count: range.count / 4 * 3 + (tail == 0 ? 0 : tail - 1))
        var wrong: UInt32 = 0
        do {
            var target = out.mutableSpan
            var to = 0
            var from = range.lowerBound
            while from < whole {
                let bits = quartet(text, at: from, table, &wrong)
                // `out` has three bytes for each quartet.
                target[unchecked: to] = UInt8(truncatingIfNeeded: bits >> 16)
                target[unchecked: to &+ 1] = UInt8(truncatingIfNeeded: bits >> 8)
                target[unchecked: to &+ 2] = UInt8(truncatingIfNeeded: bits)
                from &+= 4
                to &+= 3
            }
            guard tail == 0 || decodeTail(text, whole..<range.upperBound, table, &target, to, &wrong) else { return nil }
        }
        return wrong < 64 ? out : nil
    }

    /// Four characters as 24 bits. Unchecked access: the caller's loop ends before the range does, the range was checked against
    /// the text, and a byte is always below the 256 of the table. It is a third of what a short token costs.
    private static func quartet(_ text: Span<UInt8>, at from: Int, _ table: Span<UInt8>, _ wrong: inout UInt32) -> UInt32 {
        let a = UInt32(table[unchecked: Int(text[unchecked: from])])
        let b = UInt32(table[unchecked: Int(text[unchecked: from &+ 1])])
        let c = UInt32(table[unchecked: Int(text[unchecked: from &+ 2])])
        let d = UInt32(table[unchecked: Int(text[unchecked: from &+ 3])])
        wrong |= a | b | c | d
        return (a << 18) | (b << 12) | (c << 6) | d
    }

    /// Decodes the last two or three characters; `false` when their unused bits are set.
    private static func decodeTail(
        _ text: Span<UInt8>, _ range: Range<Int>, _ table: Span<UInt8>, _ target: inout MutableSpan<UInt8>, _ to: Int,
        _ wrong: inout UInt32
    ) -> Bool {
        let a = UInt32(table[Int(text[range.lowerBound])])
        let b = UInt32(table[Int(text[range.lowerBound + 1])])
        wrong |= a | b
        target[to] = UInt8(truncatingIfNeeded: (a << 2) | (b >> 4))
        guard range.count == 3 else { return b & 15 == 0 }
        let c = UInt32(table[Int(text[range.lowerBound + 2])])
        wrong |= c
        target[to + 1] = UInt8(truncatingIfNeeded: (b << 4) | (c >> 2))
        return c & 3 == 0
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// The value of each character; 64 where there is none.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 64, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(truncatingIfNeeded: value) }
        return table
    }()
}

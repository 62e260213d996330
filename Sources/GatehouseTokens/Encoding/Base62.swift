import GatehouseCore

/// Numbers in the digits `0-9A-Za-z`, of a fixed length: no separator in it, so that a double click takes the whole.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    static func isDigit(_ byte: UInt8) -> Bool { value(byte) != nil }

    /// `count` random digits.
    static func name(of count: Int, _ random: RandomSource) -> [UInt8] {
        // Four bytes a digit, so that no digit is likelier than another by more than one in 60 million.
        let bytes = random.bytes(count * 4)
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            let number = bytes[start..<min(start + 4, bytes.count)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return alphabet[Int(truncatingIfNeeded: number % 62)]
        }
    }

    /// The digits of a big-endian number, padded with `0` to `count`.
    static func digits(of bytes: [UInt8], count: Int) -> [UInt8] {
        var number = bytes
        var digits = [UInt8](repeating: alphabet[0], count: count)
        for place in digits.indices.reversed() {
            var rest = 0
            for index in number.indices {
                let part = rest << 8 | Int(number[index])
                number[index] = UInt8(truncatingIfNeeded: part / 62)
                rest = part % 62
            }
            digits[place] = alphabet[rest]
        }
        return digits
    }

    static func digits(of number: UInt32, count: Int) -> [UInt8] {
        digits(of: (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> UInt32($0 * 8)) }, count: count)
    }

    /// The number that at most ten digits stand for; `nil` when one is none.
    static func number(of digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        guard digits.count <= 10 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard let value = value(digit) else { return nil }
            number = number * 62 + value
        }
        return number
    }

    private static func value(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(byte - UInt8(ascii: "A") + 10)
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(byte - UInt8(ascii: "a") + 36)
        default: nil
        }
    }
}

/// Whether 32 bytes are an Ed25519 public key worth having: BoringSSL takes points of small order, under which one signature
/// can fit every message, and reports a point off the curve only as a failing signature.
enum Edwards25519 {
    /// Encoded as RFC 8032 section 5.1.2 says, on the curve, not of order 1, 2, 4 or 8.
    static func isSoundPublicKey(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 32 else { return false }
        let y = FieldElement(bytes)
        return y.isCanonical && !smallOrder.contains(y) && isOnCurve(y)
    }

    /// −x² + y² = 1 + d·x²·y² has an x when (y² − 1)/(d·y² + 1) is a square, that is when (y² − 1)·(d·y² + 1) is one.
    private static func isOnCurve(_ y: FieldElement) -> Bool {
        let square = y * y
        return ((square - .one) * (d * square + .one)).isSquare
    }

    /// −121665/121666
    private static let d = FieldElement([
        0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00,
        0x98, 0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
    ])

    /// The y of the eight points whose order divides 8: order 4, 1, 2 and, twice, 8.
    private static let smallOrder: [FieldElement] = [
        .zero, .one, .zero - .one,
        FieldElement([
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ]),
        FieldElement([
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ]),
    ]
}

/// A number modulo 2²⁵⁵ − 19 in four words, the least first. For public values only: it is not constant-time.
private struct FieldElement: Equatable {
    private var words: [UInt64]

    static let zero = FieldElement(words: [0, 0, 0, 0])
    static let one = FieldElement(words: [1, 0, 0, 0])
    private static let prime: [UInt64] = [0xffff_ffff_ffff_ffed, .max, .max, 0x7fff_ffff_ffff_ffff]

    private init(words: [UInt64]) { self.words = words }

    /// 32 bytes, the least first; the top bit, which holds the sign of x, is dropped.
    init(_ bytes: [UInt8]) {
        words = (0..<4).map { word in
            (0..<8).reduce(0) { $0 | (UInt64(bytes[word * 8 + $1]) << UInt64($1 * 8)) }
        }
        words[3] &= 0x7fff_ffff_ffff_ffff
    }

    var isCanonical: Bool { Self.less(words, Self.prime) }

    static func + (left: FieldElement, right: FieldElement) -> FieldElement {
        var sum = left.words
        var carry: UInt64 = 0
        for index in 0..<4 {
            let (partial, first) = sum[index].addingReportingOverflow(right.words[index])
            let (total, second) = partial.addingReportingOverflow(carry)
            sum[index] = total
            carry = first || second ? 1 : 0
        }
        return FieldElement(words: reduced(sum))
    }

    static func - (left: FieldElement, right: FieldElement) -> FieldElement {
        left + FieldElement(words: subtract(prime, right.words))
    }

    static func * (left: FieldElement, right: FieldElement) -> FieldElement {
        var product = [UInt64](repeating: 0, count: 8)
        for i in 0..<4 {
            var carry: UInt64 = 0
            for j in 0..<4 { carry = add(left.words[i], times: right.words[j], carry, to: &product[i + j]) }
            product[i + 4] = carry
        }
        // 2²⁵⁶ is 38 modulo the prime: fold the upper half twice.
        var folded = Array(product[0..<4])
        var carry: UInt64 = 0
        for index in 0..<4 { carry = add(product[index + 4], times: 38, carry, to: &folded[index]) }
        while carry > 0 {
            var next = carry &* 38
            for index in 0..<4 {
                let (sum, overflow) = folded[index].addingReportingOverflow(next)
                folded[index] = sum
                next = overflow ? 1 : 0
            }
            carry = next
        }
        return FieldElement(words: reduced(folded))
    }

    /// Whether it is a square: a^((p − 1)/2) is 1, or 0 for zero (Euler).
    var isSquare: Bool {
        // (p − 1)/2 = 2²⁵⁴ − 10: its bits from 253 down are ones but for the last four, 0110.
        var power = FieldElement.one
        for bit in stride(from: 253, through: 0, by: -1) {
            power = power * power
            if bit > 3 || bit == 1 || bit == 2 { power = power * self }
        }
        return power == .one || power == .zero
    }

    private static func add(_ a: UInt64, times b: UInt64, _ carry: UInt64, to word: inout UInt64) -> UInt64 {
        let (high, low) = a.multipliedFullWidth(by: b)
        let (first, overflowed) = low.addingReportingOverflow(carry)
        let (second, again) = word.addingReportingOverflow(first)
        word = second
        return high &+ (overflowed ? 1 : 0) &+ (again ? 1 : 0)
    }

    private static func less(_ left: [UInt64], _ right: [UInt64]) -> Bool {
        for index in stride(from: 3, through: 0, by: -1) where left[index] != right[index] { return left[index] < right[index] }
        return false
    }

    private static func subtract(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
        var difference = left
        var borrow: UInt64 = 0
        for index in 0..<4 {
            let (partial, first) = difference[index].subtractingReportingOverflow(right[index])
            let (total, second) = partial.subtractingReportingOverflow(borrow)
            difference[index] = total
            borrow = first || second ? 1 : 0
        }
        return difference
    }

    /// Below the prime; values below 2²⁵⁶ need at most two subtractions.
    private static func reduced(_ words: [UInt64]) -> [UInt64] {
        var words = words
        while !less(words, prime) { words = subtract(words, prime) }
        return words
    }
}

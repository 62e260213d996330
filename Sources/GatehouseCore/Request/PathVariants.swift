/// The bytes of a path as different servers see them.
///
/// A slash that came out of an escape is held as a NUL, which no path may hold, until somebody takes it for a separator.
struct PathVariants {
    static let innerSlash: UInt8 = 0

    /// The first is the path as sent, decoded once.
    private(set) var all: [[UInt8]]

    /// Throws `malformed_request` for what only an attacker would send.
    init(_ raw: String) throws(GatehouseError) {
        let bytes = Array(raw.utf8)
        all = try Self.levels(bytes)
        guard String(validating: all[0], as: UTF8.self) != nil else { throw CanonicalPath.malformed("The path is not valid UTF-8.") }
        for level in all { try Self.refuseDisguises(level) }
        let bare = try Self.decoded(bytes, isStrict: true, keepsNeedless: true)
        if !all.contains(bare) { all.append(bare) }
        for transform in Self.transforms {
            for variant in all {
                guard let other = transform(variant), !all.contains(other) else { continue }
                all.append(other)
            }
            guard all.count <= PathReading.mostReadings else { throw Self.tooMany }
        }
    }

    static var tooMany: GatehouseError { CanonicalPath.malformed("The path can be read in more than \(PathReading.mostReadings) ways.") }

    /// The path decoded once, twice, … until nothing is left to decode.
    private static func levels(_ bytes: [UInt8]) throws(GatehouseError) -> [[UInt8]] {
        var levels: [[UInt8]] = []
        var next = try decoded(bytes, isStrict: true)
        while next != levels.last {
            guard levels.count < 4 else { throw CanonicalPath.malformed("The path is percent-encoded more than four times over.") }
            levels.append(next)
            if next.contains(UInt8(ascii: "%")) { next = try decoded(next, isStrict: false) }
        }
        return levels
    }

    // MARK: - Escapes

    /// The bytes with each percent escape replaced; throws for what may not hide in one and, when strict, for a broken one.
    ///
    /// - Parameter keepsNeedless: leave those escapes that stand for a character which a path may hold bare.
    static func decoded(_ bytes: [UInt8], isStrict: Bool, keepsNeedless: Bool = false) throws(GatehouseError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "%") else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if index + 2 < bytes.count, let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2]) {
                let byte = high << 4 | low
                if byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "#") {
                    throw CanonicalPath.malformed("The path hides a control byte, a backslash or a fragment in a percent escape.")
                }
                if keepsNeedless, isBare(byte) {
                    result += [UInt8(ascii: "%"), lowerCased(bytes[index + 1]), lowerCased(bytes[index + 2])]
                } else {
                    result.append(byte == UInt8(ascii: "/") ? innerSlash : byte)
                }
                index += 3
            } else {
                guard !isStrict else { throw CanonicalPath.malformed("The path holds a broken percent escape.") }
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// The characters of a segment (`pchar` of RFC 3986 section 3.3) that need no escape.
    private static func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~!$&'()*+,;=:@".utf8.contains(byte)
        }
    }

    private static func lowerCased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    // MARK: - Disguises

    private static func refuseDisguises(_ level: [UInt8]) throws(GatehouseError) {
        guard level.count(where: isSlash) <= PathReading.mostSegments else { throw CanonicalPath.tooManySegments }
        try refuseDots(level)
        guard level.contains(where: { $0 >= 0x80 }) else { return }
        try refuseOverlong(level)
        var text = ""
        for scalar in String(decoding: level, as: UTF8.self).unicodeScalars { text.unicodeScalars.append(PathReading.asciiTwin(scalar)) }
        try refuseDots(Array(text.utf8))
    }

    /// `.` and `..`, also with path parameters (`..;x`) or a query behind them, with blanks around or with more dots, as some file
    /// systems forgive.
    private static func refuseDots(_ level: [UInt8]) throws(GatehouseError) {
        for piece in level.split(whereSeparator: isSlash) {
            let name = piece.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "?") }
            guard name.contains(UInt8(ascii: ".")), name.allSatisfy(isPadding) else { continue }
            throw CanonicalPath.malformed("The path holds a dot segment.")
        }
    }

    /// Characters spelled with more bytes than they need, which only a lenient decoder takes.
    private static func refuseOverlong(_ level: [UInt8]) throws(GatehouseError) {
        for (byte, next) in zip(level, level.dropFirst()) {
            switch (byte, next) {
            case (0xc0...0xc1, 0x80...0xbf), (0xe0, 0x80...0x9f), (0xf0, 0x80...0x8f): throw CanonicalPath.malformed("The path hides overlong UTF-8.")
            default: break
            }
        }
    }

    private static func isSlash(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "/") || byte == innerSlash }

    private static func isPadding(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: " ") }
}

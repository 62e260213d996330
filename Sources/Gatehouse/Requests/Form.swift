package import GatehouseCore
package import Hummingbird
import NIOCore

/// The fields of an `application/x-www-form-urlencoded` body.
package struct Form: Sendable {
    private let values: [String: String]

    /// Reads at most 64 KiB; throws `unsupported_media_type`, `request_too_large`, or `malformed_request` for broken escapes, invalid UTF-8
    /// and fields sent twice (RFC 6749 section 3.2).
    package init(_ request: Request) async throws(GatehouseError) {
        try request.requireMediaType("application/x-www-form-urlencoded")
        var values: [String: String] = [:]
        for pair in try await request.smallBody().readableBytesView.split(separator: UInt8(ascii: "&")) {
            let name = try Self.decoded(pair.prefix { $0 != UInt8(ascii: "=") })
            let value = try Self.decoded(pair.drop { $0 != UInt8(ascii: "=") }.dropFirst())
            guard values.updateValue(value, forKey: name) == nil else {
                throw GatehouseError(.malformedRequest, "A form field was sent twice.")
            }
        }
        self.values = values
    }

    package subscript(name: String) -> String? { values[name] }

    private static func decoded(_ bytes: some Collection<UInt8>) throws(GatehouseError) -> String {
        var result: [UInt8] = []
        var iterator = bytes.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else { throw malformed }
                result.append(high << 4 | low)
            default: result.append(byte)
            }
        }
        guard let text = String(validating: result, as: UTF8.self) else { throw malformed }
        return text
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.flatMap(UInt8.init(exactly:))
    }

    private static var malformed: GatehouseError { GatehouseError(.malformedRequest, "The form holds a broken escape or is not UTF-8.") }
}

public import GatehouseCore

/// The text of an API key: `gh_<kind>_<id>_<secret>_<crc>`, recognisable without asking anybody.
///
/// `kind` is 1–16 of `a-z0-9`; `id` 16 characters; `secret` 32 random bytes in 43 (a big-endian number, padded with `0`); `crc` the
/// CRC-32 of every character before it, in 6. The last three are base62, `0-9A-Za-z`. A scanner finds keys with
/// `gh_[a-z0-9]{1,16}_[0-9A-Za-z]{16}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}` and tells by the CRC whether one was ever made.
public struct APIKeyText: Sendable, Hashable {
    /// What sort of key it is, such as `key` or `sa`.
    public let kind: String
    /// The public name of the key; may be shown and logged, unlike the text.
    public let id: String

    private static let prefix = Array("gh_".utf8)
    private static let kindLengths = 1...16
    private static let idLength = 16
    private static let secretBytes = 32
    private static let secretLength = 43
    private static let checksumLength = 6
    /// All that is not prefix and kind: three parts, each with its underscore.
    private static let restLength = 3 + idLength + secretLength + checksumLength
    /// 2²⁵⁶ - 1, the greatest secret. Base62 digits are in ASCII order here, so that texts of one length compare as their numbers.
    private static let greatestSecret = Array("yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1".utf8)

    /// Takes a key apart; `nil` for anything but the exact format with the right checksum. Says nothing about whether the key
    /// exists. About 0.2 µs; a text of another length costs nothing.
    public init?(_ text: String) {
        var text = text
        guard let parts = text.withUTF8({ Self.parts(of: $0) }) else { return nil }
        self = parts
    }

    /// Whether a text means to be one of our keys, right or wrong.
    public static func isLikely(_ text: String) -> Bool { text.utf8.starts(with: prefix) }

    /// A new key: its id, and the text that its owner sees once.
    ///
    /// Throws `validation_failed` unless `kind` is 1–16 of `a-z0-9`.
    public static func make(kind: String, random: RandomSource = .system) throws(GatehouseError) -> (id: String, text: Secret<String>) {
        guard kindLengths.contains(kind.utf8.count), kind.utf8.allSatisfy(isKindByte) else {
            let message = "The kind of an API key is 1 to 16 of the characters a-z 0-9."
            throw GatehouseError(.validationFailed, message, fields: [FieldError(field: "kind", code: "invalid", message: message)])
        }
        let id = Base62.name(of: idLength, random)
        var text = prefix + Array(kind.utf8)
        text.append(UInt8(ascii: "_"))
        text += id
        text.append(UInt8(ascii: "_"))
        text += Base62.digits(of: random.bytes(secretBytes), count: secretLength)
        text.append(UInt8(ascii: "_"))
        let checksum = text.withUnsafeBufferPointer { CRC32.checksum(of: $0[...]) }
        text += Base62.digits(of: checksum, count: checksumLength)
        return (String(decoding: id, as: UTF8.self), Secret(String(decoding: text, as: UTF8.self)))
    }

    /// The whole text of a key whose parts came apart, as where its id and its secret are a user name and a password; `nil` for parts that
    /// are of no key.
    public static func text(kind: String, id: String, secret: String) -> String? {
        guard id.utf8.count == idLength, secret.utf8.count == secretLength else { return nil }
        let start = "gh_\(kind)_\(id)_\(secret)_"
        let checksum = Array(start.utf8).withUnsafeBufferPointer { CRC32.checksum(of: $0[...]) }
        let text = start + String(decoding: Base62.digits(of: checksum, count: checksumLength), as: UTF8.self)
        return APIKeyText(text) == nil ? nil : text
    }

    private init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    private static func parts(of text: UnsafeBufferPointer<UInt8>) -> APIKeyText? {
        let kindEnd = text.count - restLength
        guard kindEnd > prefix.count, kindLengths.contains(kindEnd - prefix.count), text.starts(with: prefix) else { return nil }
        let kind = text[prefix.count..<kindEnd]
        let id = text[kindEnd + 1..<kindEnd + 1 + idLength]
        let secret = text[id.endIndex + 1..<id.endIndex + 1 + secretLength]
        let checksum = text[secret.endIndex + 1..<text.count]
        let underscore = UInt8(ascii: "_")
        guard text[kindEnd] == underscore, text[id.endIndex] == underscore, text[secret.endIndex] == underscore,
            kind.allSatisfy(isKindByte), id.allSatisfy(Base62.isDigit), secret.allSatisfy(Base62.isDigit),
            !greatestSecret.lexicographicallyPrecedes(secret),
            let claimed = Base62.number(of: checksum), claimed == UInt64(CRC32.checksum(of: text[..<checksum.startIndex]))
        else { return nil }
        return APIKeyText(kind: String(decoding: kind, as: UTF8.self), id: String(decoding: id, as: UTF8.self))
    }

    private static func isKindByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

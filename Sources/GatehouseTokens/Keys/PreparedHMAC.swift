import Crypto

/// An HMAC secret (RFC 2104) of which the part that every message repeats, two blocks and their buffers, is done already.
final class PreparedHMAC: Sendable {
    private let sha256: HMAC<SHA256>
    private let sha384: HMAC<SHA384>
    private let sha512: HMAC<SHA512>

    init(_ secret: [UInt8]) {
        let key = SymmetricKey(data: secret)
        sha256 = HMAC(key: key)
        sha384 = HMAC(key: key)
        sha512 = HMAC(key: key)
    }

    /// Whether `code` is the message's; the comparison takes the same time wherever they differ.
    func isValid(_ code: [UInt8], for message: ArraySlice<UInt8>, _ algorithm: SigningAlgorithm) -> Bool {
        switch algorithm {
        case .HS256: Self.finish(sha256, message) == code
        case .HS384: Self.finish(sha384, message) == code
        case .HS512: Self.finish(sha512, message) == code
        default: false
        }
    }

    func code(for message: [UInt8], _ algorithm: SigningAlgorithm) -> [UInt8] {
        switch algorithm {
        case .HS384: Array(Self.finish(sha384, message[...]))
        case .HS512: Array(Self.finish(sha512, message[...]))
        default: Array(Self.finish(sha256, message[...]))
        }
    }

    private static func finish<Hash>(_ prepared: HMAC<Hash>, _ message: ArraySlice<UInt8>) -> HashedAuthenticationCode<Hash> {
        var hmac = prepared
        hmac.update(data: message)
        return hmac.finalize()
    }
}

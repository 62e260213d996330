import Crypto
public import GatehouseCore

/// HMAC with SHA-256 (RFC 2104), for values that only we can make.
public enum HMACSHA256 {
    /// 32 bytes, about 1 µs.
    public static func tag(_ key: Secret<[UInt8]>, _ message: [UInt8]) -> [UInt8] {
        key.expose { Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: $0))) }
    }

    /// Whether `tag` is the message's, in time that does not depend on where they differ.
    public static func isValid(_ tag: [UInt8], _ key: Secret<[UInt8]>, _ message: [UInt8]) -> Bool {
        constantTimeEqual(tag, self.tag(key, message))
    }
}

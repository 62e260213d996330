import GatehouseCore
import GatehouseTokens

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What stands behind `Basic` (RFC 7617): a name and a password, in UTF-8.
struct BasicCredential: Sendable {
    let name: String
    let password: Secret<String>

    /// Throws `malformed_credential` for what is no base64 of UTF-8 with a colon in it, and for control characters.
    init(_ text: String) throws(GatehouseError) {
        guard let bytes = Data(base64Encoded: text), let pair = String(validating: bytes, as: UTF8.self),
            let colon = pair.utf8.firstIndex(of: UInt8(ascii: ":")), !pair.unicodeScalars.contains(where: Self.isControl)
        else { throw GatehouseError(.malformedCredential, "The Basic credential is not a name, a colon and a password in base64.") }
        name = String(pair[..<colon])
        password = Secret(String(pair[pair.utf8.index(after: colon)...]))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7f }
}

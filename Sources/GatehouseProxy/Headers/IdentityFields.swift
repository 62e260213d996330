import GatehouseCore
import NIOCore

extension ByteBuffer {
    /// Writes what an upstream may know of `principal`; every field stands in it once and only from here.
    mutating func writeIdentity(_ principal: Principal) {
        writeEncoded("X-Forwarded-User", principal.username)
        // A foreign issuer chooses its subjects freely: without its name one could equal a local account's id.
        writeEncoded("X-Forwarded-User-Id", principal.isLocal ? principal.id : "\(principal.authProvider):\(principal.id)")
        writeEncoded("X-Forwarded-Preferred-Username", principal.username)
        if let email = principal.email { writeEncoded("X-Forwarded-Email", email) }
        // Roles are those that count there.
        writeEncoded("X-Forwarded-Tenant", principal.tenant.rawValue)
        if principal.roles.isEmpty { return }
        writeStaticString("X-Forwarded-Groups: ")
        for (index, role) in principal.roles.sorted().enumerated() {
            if index > 0 { writeStaticString(",") }
            writePercentEncoded(role.rawValue, alsoComma: true)
        }
        writeStaticString("\r\n")
    }

    private mutating func writeEncoded(_ name: StaticString, _ value: String) {
        writeStaticString(name)
        writeStaticString(": ")
        writePercentEncoded(value, alsoComma: false)
        writeStaticString("\r\n")
    }

    /// Writes `value` with `%` and all bytes outside 0x21–0x7E percent-encoded.
    mutating func writePercentEncoded(_ value: String, alsoComma: Bool) {
        var isPlain = true
        for byte in value.utf8 where Self.mustEncode(byte, alsoComma: alsoComma) { isPlain = false }
        if isPlain {
            writeString(value)
            return
        }
        for byte in value.utf8 {
            if Self.mustEncode(byte, alsoComma: alsoComma) {
                writeStaticString("%")
                for digit in [byte >> 4, byte & 15] { writeInteger(digit < 10 ? 0x30 + digit : 0x37 + digit) }
            } else {
                writeInteger(byte)
            }
        }
    }
    private static func mustEncode(_ byte: UInt8, alsoComma: Bool) -> Bool {
        byte < 0x21 || byte > 0x7e || byte == UInt8(ascii: "%") || (alsoComma && byte == UInt8(ascii: ","))
    }
}

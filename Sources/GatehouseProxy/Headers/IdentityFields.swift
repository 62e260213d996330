import Gatehouse
import GatehouseCore

extension PieceWriter {
    /// Puts what an upstream may know of `principal`; every field stands in it once and only from here.
    mutating func putIdentity(_ principal: Principal) {
        let username = principal.username.percentEncoded(alsoComma: false)
        putField("X-Forwarded-User", username)
        // A foreign issuer chooses its subjects freely: without its name one could equal a local account's id.
        let id = principal.isLocal ? principal.id : "\(principal.authProvider):\(principal.id)"
        putField("X-Forwarded-User-Id", id.percentEncoded(alsoComma: false))
        putField("X-Forwarded-Preferred-Username", username)
        if let email = principal.email { putField("X-Forwarded-Email", email.percentEncoded(alsoComma: false)) }
        // Roles are those that count there.
        putField("X-Forwarded-Tenant", principal.tenant.rawValue.percentEncoded(alsoComma: false))
        if principal.roles.isEmpty { return }
        put("X-Forwarded-Groups: ")
        for (index, role) in principal.roles.sorted().enumerated() {
            if index > 0 { put(",") }
            put(role.rawValue.percentEncoded(alsoComma: true))
        }
        put("\r\n")
    }
}

extension String {
    /// With `%` and all bytes outside 0x21–0x7E percent-encoded.
    func percentEncoded(alsoComma: Bool) -> String {
        let bytes = utf8.span
        var isPlain = true
        for index in bytes.indices where Self.mustEncode(bytes[index], alsoComma: alsoComma) { isPlain = false }
        if isPlain { return self }
        var encoded: [UInt8] = []
        for index in bytes.indices {
            let byte = bytes[index]
            if Self.mustEncode(byte, alsoComma: alsoComma) {
                encoded.append(UInt8(ascii: "%"))
                for digit in [byte >> 4, byte & 15] { encoded.append(digit < 10 ? 0x30 + digit : 0x37 + digit) }
            } else {
                encoded.append(byte)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func mustEncode(_ byte: UInt8, alsoComma: Bool) -> Bool {
        byte < 0x21 || byte > 0x7e || byte == UInt8(ascii: "%") || (alsoComma && byte == UInt8(ascii: ","))
    }
}

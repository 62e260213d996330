import GatehouseCore

/// Where the claims that a verifier looks at stand in a payload (RFC 7519 section 4.1): found in one pass, without an allocation.
struct RegisteredClaims: Sendable {
    /// Indices of the values; 0, which is the payload itself, where there is none.
    private(set) var issuer = 0
    private(set) var subject = 0
    private(set) var audience = 0
    private(set) var expiration = 0
    private(set) var notBefore = 0
    private(set) var issuedAt = 0
    private(set) var tokenID = 0
    private(set) var sessionID = 0
    private(set) var type = 0
    private(set) var nonce = 0
    private(set) var accessTokenHash = 0

    /// The names as numbers: a 1, which tells their lengths apart, and their ASCII bytes.
    private enum Name: UInt64 {
        case iss = 0x01_69_73_73
        case sub = 0x01_73_75_62
        case aud = 0x01_61_75_64
        case exp = 0x01_65_78_70
        case nbf = 0x01_6e_62_66
        case iat = 0x01_69_61_74
        case jti = 0x01_6a_74_69
        case sid = 0x01_73_69_64
        case typ = 0x01_74_79_70
        case nonce = 0x01_6e_6f_6e_63_65
        case atHash = 0x01_61_74_5f_68_61_73_68
    }

    init(_ document: StrictJSON) throws(GatehouseError) {
        guard document.nodes[0].kind == .object else { throw GatehouseError(.invalidToken, "The token's payload is no object.") }
        let end = Int(document.nodes[0].next)
        var name = 1
        while name < end {
            if let packed = Self.packed(document, name), let known = Name(rawValue: packed) { note(known, at: name + 1) }
            name = Int(document.nodes[name + 1].next)
        }
    }

    private mutating func note(_ name: Name, at value: Int) {
        switch name {
        case .iss: issuer = value
        case .sub: subject = value
        case .aud: audience = value
        case .exp: expiration = value
        case .nbf: notBefore = value
        case .iat: issuedAt = value
        case .jti: tokenID = value
        case .sid: sessionID = value
        case .typ: type = value
        case .nonce: nonce = value
        case .atHash: accessTokenHash = value
        }
    }

    /// The name in one word; `nil` when it is longer than any of ours.
    private static func packed(_ document: StrictJSON, _ index: Int) -> UInt64? {
        let node = document.nodes[index]
        guard node.kind == .escapedString else { return packed(document.bytes.span, node.range) }
        let name = JSONText.unescaped(node, document.bytes.span)
        return packed(name.span, 0..<name.count)
    }

    private static func packed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        guard range.count <= 7 else { return nil }
        var word: UInt64 = 1
        for index in range { word = (word << 8) | UInt64(bytes[index]) }
        return word
    }
}

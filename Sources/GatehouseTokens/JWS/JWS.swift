public import GatehouseCore

/// A signed token in compact form (RFC 7515 section 7.1): header and payload, without any meaning of the payload.
public struct JWS: Sendable {
    public let header: JWSHeader
    public let payload: [UInt8]

    /// Checks the signature of a compact JWS with the key that its header names.
    ///
    /// Throws `invalid_token` for everything that is not exactly that: unsigned, detached and JSON-serialised tokens, padding
    /// and non-canonical base64url, an unknown `kid`, an `alg` that the key does not answer to, more than `maximumBytes`.
    public static func verify(compact token: String, keys: KeyRing, maximumBytes: Int = 8 * 1024) throws(GatehouseError) -> JWS {
        guard token.utf8.count <= maximumBytes else { throw GatehouseError(.invalidToken, "The token is too long.") }
        return try JWS(Array(token.utf8), keys: keys, headers: nil)
    }

    init(_ token: [UInt8], keys: KeyRing, headers: HeaderCache?) throws(GatehouseError) {
        guard let first = token.firstIndex(of: UInt8(ascii: ".")), let last = token.lastIndex(of: UInt8(ascii: ".")), first < last else {
            throw GatehouseError(.invalidToken, "The token does not have three parts.")
        }
        let text = token.span
        let known = headers?.entry(for: text, headerLength: first)
        let entry: HeaderCache.Entry
        if let known { entry = known } else { entry = try Self.readHeader(Array(token[..<first]), keys) }
        // Whatever has a fourth part fails here: a dot is no base64url.
        guard let payload = Base64URL.decode(text, first + 1..<last), !payload.isEmpty,
            let signature = Base64URL.decode(text, last + 1..<text.count)
        else { throw GatehouseError(.invalidToken, "The token's parts are not strict base64url, or empty.") }
        guard entry.key.isValidSignature(signature, for: token[..<last], algorithm: entry.header.algorithm) else {
            throw GatehouseError(.invalidToken, "The token's signature is not valid.")
        }
        if known == nil { headers?.insert(entry) }
        header = entry.header
        self.payload = payload
    }

    private static func readHeader(_ segment: [UInt8], _ keys: KeyRing) throws(GatehouseError) -> HeaderCache.Entry {
        guard let json = Base64URL.decode(segment.span, 0..<segment.count) else {
            throw GatehouseError(.invalidToken, "The token's header is not strict base64url.")
        }
        let header = try JWSHeader(json)
        guard let key = keys.key(named: header.kid) else {
            throw GatehouseError(.invalidToken, "The token's “kid” names no key of its issuer.")
        }
        guard key.permitted.contains(header.algorithm) else {
            throw GatehouseError(.invalidToken, "The token's “alg” is not one of its key's.")
        }
        return HeaderCache.Entry(segment: segment, header: header, key: key)
    }

    /// Signs `payload` as it stands: `header.payload.signature`.
    public static func sign(_ payload: [UInt8], with key: SigningKey, type: String? = nil) throws(GatehouseError) -> String {
        var header = JSONWriter()
        header.beginObject()
        header.member("alg", key.algorithm.rawValue)
        header.member("kid", key.kid)
        header.member("typ", type)
        header.endObject()
        var token = Base64URL.encodedBytes(of: header.bytes)
        token.append(UInt8(ascii: "."))
        Base64URL.append(payload, to: &token)
        let signature = try key.signature(for: token)
        token.append(UInt8(ascii: "."))
        Base64URL.append(signature, to: &token)
        return String(decoding: token, as: UTF8.self)
    }
}

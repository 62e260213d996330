import GatehouseCore

/// The protected header of a signed token (RFC 7515 section 4), as far as Gatehouse looks at it.
public struct JWSHeader: Sendable, Hashable {
    public let algorithm: SigningAlgorithm
    public let kid: String?
    public let type: String?
    public let contentType: String?
    /// `type` as it is compared.
    let normalizedType: String?

    /// Reads a header. Throws `invalid_token` for an `alg` that Gatehouse does not take, for `crit` and `b64` in any form, and
    /// for the header of an encrypted token. `jku`, `jwk`, `x5u` and `x5c` are never followed.
    init(_ json: [UInt8]) throws(GatehouseError) {
        let root = try StrictJSON(json).root
        guard root.isObject else { throw GatehouseError(.invalidToken, "The token's header is no object.") }
        for name in ["crit", "b64", "enc", "zip"] where root[name] != nil {
            throw GatehouseError(.invalidToken, "The token's header has “\(name)”, which is not taken.")
        }
        guard let name = root["alg"]?.string, let algorithm = SigningAlgorithm(rawValue: name) else {
            throw GatehouseError(.invalidToken, "The token's header has no “alg” that is taken.")
        }
        self.algorithm = algorithm
        kid = try Self.text("kid", root)
        type = try Self.text("typ", root)
        contentType = try Self.text("cty", root)
        normalizedType = type.map(Self.normalized)
    }

    private static func text(_ name: String, _ root: StrictJSON.Element) throws(GatehouseError) -> String? {
        guard let member = root[name] else { return nil }
        guard let text = member.string else { throw GatehouseError(.invalidToken, "The token's header has a “\(name)” that is no text.") }
        return text
    }

    /// The media type in lower case and without `application/`, as RFC 7515 section 4.1.9 compares it.
    static func normalized(type: String) -> String {
        let type = type.lowercased()
        return type.hasPrefix("application/") ? String(type.dropFirst("application/".count)) : type
    }
}

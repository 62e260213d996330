public import GatehouseCore

/// A token whose signature and claims were found good. Texts are made from the payload when asked for.
public struct VerifiedToken: Sendable {
    /// One object behind the value, so that handing a token on or keeping it costs a reference.
    private final class Contents: Sendable {
        let header: JWSHeader
        let document: StrictJSON
        let registered: RegisteredClaims
        let expiresAt: Timestamp?
        let notBefore: Timestamp?
        let issuedAt: Timestamp?

        init(_ jws: JWS) throws(GatehouseError) {
            header = jws.header
            do {
                document = try StrictJSON(checking: jws.payload)
            } catch {
                throw GatehouseError(.invalidToken, "The token's payload \(error.reason).")
            }
            registered = try RegisteredClaims(document)
            expiresAt = try NumericDate.timestamp(document, registered.expiration)
            notBefore = try NumericDate.timestamp(document, registered.notBefore)
            issuedAt = try NumericDate.timestamp(document, registered.issuedAt)
        }
    }

    private let contents: Contents

    /// Reads the payload of a JWS that was verified; throws `invalid_token` when it is no object, or has times that are none.
    init(_ jws: JWS) throws(GatehouseError) { contents = try Contents(jws) }

    var document: StrictJSON { contents.document }
    var registered: RegisteredClaims { contents.registered }

    public var header: JWSHeader { contents.header }
    /// The payload as it was signed.
    public var claims: Claims { Claims(json: document.bytes) }
    public var issuer: String { text(registered.issuer) ?? "" }
    public var subject: String? { text(registered.subject) }
    public var audience: [String] {
        guard registered.audience != 0 else { return [] }
        let element = StrictJSON.Element(document: document, index: registered.audience)
        return element.strings ?? element.string.map { [$0] } ?? []
    }
    public var expiresAt: Timestamp? { contents.expiresAt }
    public var notBefore: Timestamp? { contents.notBefore }
    public var issuedAt: Timestamp? { contents.issuedAt }
    /// The token's own identifier.
    public var jti: String? { text(registered.tokenID) }
    /// The session that it belongs to.
    public var sid: String? { text(registered.sessionID) }
    public var clientID: String? { document.root["client_id"]?.string }

    /// The value at the end of `path`, from the payload as it was read: no second pass.
    public func claim(_ path: String...) -> StrictJSON.Element? { document.root.element(at: path) }

    private func text(_ index: Int) -> String? { index == 0 ? nil : document.string(index) }

    /// About what it holds, for a cache's budget.
    var byteCount: Int { document.bytes.count + document.nodes.count * MemoryLayout<JSONNode>.stride + 256 }
}

/// Seconds since 1970 as JWTs write them (RFC 7519 section 2): 0 to 2⁵³, a fraction allowed.
enum NumericDate {
    static func timestamp(_ document: StrictJSON, _ index: Int) throws(GatehouseError) -> Timestamp? {
        guard index != 0 else { return nil }
        guard let seconds = document.number(index), (0...9_007_199_254_740_992).contains(seconds),
            let whole = Int64(exactly: seconds.rounded(.down))
        else { throw GatehouseError(.invalidToken, "The token has a time that is none.") }
        let fraction = Int64(exactly: ((seconds - seconds.rounded(.down)) * 1_000_000).rounded()) ?? 0
        return Timestamp(seconds: whole) + .microseconds(fraction)
    }
}

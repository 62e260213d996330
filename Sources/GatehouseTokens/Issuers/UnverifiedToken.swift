import GatehouseCore

/// What a token says before anybody has checked that it may say so: only to find out whose keys to check it with.
struct UnverifiedToken {
    private let header: String.UTF8View.SubSequence
    let document: StrictJSON
    let claims: RegisteredClaims

    /// `nil` for anything that is no compact JWS with a JSON object for payload.
    init?(_ token: String, maximumBytes: Int) {
        let text = token.utf8
        guard text.count <= maximumBytes, let first = text.firstIndex(of: UInt8(ascii: ".")),
            let last = text.lastIndex(of: UInt8(ascii: ".")), first < last,
            let payload = Base64URL.decode(Substring(text[text.index(after: first)..<last])),
            let document = try? StrictJSON(checking: payload), let claims = try? RegisteredClaims(document), claims.issuer != 0
        else { return nil }
        header = text[..<first]
        self.document = document
        self.claims = claims
    }

    var issuer: String? { document.string(claims.issuer) }

    /// Throws `invalid_token` as for any other token.
    func readHeader() throws(GatehouseError) -> JWSHeader {
        guard let json = Base64URL.decode(Substring(header)) else {
            throw GatehouseError(.invalidToken, "The token's header is not strict base64url.")
        }
        return try JWSHeader(json)
    }

    var audience: [String] {
        guard claims.audience != 0 else { return [] }
        let element = StrictJSON.Element(document: document, index: claims.audience)
        return element.strings ?? element.string.map { [$0] } ?? []
    }
}

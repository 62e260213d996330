import GatehouseCore

/// The rules made ready for use: texts as bytes, sets as words.
struct ClaimCheck: Sendable {
    private let rules: ClaimRules
    private let issuer: [UInt8]
    private let audience: [[UInt8]]?
    private let types: [String]?
    /// In microseconds, so that no duration is divided at every use.
    private let leeway: Int64
    private let algorithms: AlgorithmSet
    private static let otherKinds = ["ID", "Refresh"].map { Array($0.utf8) }

    init(_ rules: ClaimRules) {
        self.rules = rules
        issuer = Array(rules.issuer.utf8)
        audience = rules.audience.map { $0.map { Array($0.utf8) } }
        types = rules.types.map { $0.map(JWSHeader.normalized) }
        leeway = rules.leeway.inMicroseconds
        algorithms = rules.algorithms.map(AlgorithmSet.init) ?? .all
    }

    /// Throws `invalid_token` for the first rule that the token breaks.
    func callAsFunction(_ token: VerifiedToken, at now: Timestamp) throws(GatehouseError) {
        try checkHeader(token.header)
        try checkTimes(token, at: now)
        try checkNames(token)
        if rules.refusesOtherTokenKinds { try checkKind(token) }
    }

    private func refusal(_ message: String) -> GatehouseError { GatehouseError(.invalidToken, message) }

    private func checkHeader(_ header: JWSHeader) throws(GatehouseError) {
        guard algorithms.contains(header.algorithm) else { throw refusal("The token's “alg” is not allowed for this issuer.") }
        guard let types else { return }
        guard let type = header.normalizedType else {
            guard rules.allowsMissingType else { throw refusal("The token has no “typ”.") }
            return
        }
        guard types.contains(type) else {
            throw refusal("The token's “typ” is not one that is taken here.")
        }
    }

    private func checkTimes(_ token: VerifiedToken, at now: Timestamp) throws(GatehouseError) {
        if let expiresAt = token.expiresAt {
            guard now < later(expiresAt) else { throw refusal("The token has expired.") }
        } else if rules.requiresExpiration {
            throw refusal("The token has no “exp”.")
        }
        if let notBefore = token.notBefore, later(now) < notBefore { throw refusal("The token is not valid yet.") }
        if let issuedAt = token.issuedAt, later(now) < issuedAt { throw refusal("The token was issued in the future.") }
    }

    /// The moment and the leeway; saturates.
    private func later(_ moment: Timestamp) -> Timestamp {
        let (sum, overflow) = moment.microseconds.addingReportingOverflow(leeway)
        return Timestamp(microseconds: overflow ? .max : sum)
    }

    private func checkNames(_ token: VerifiedToken) throws(GatehouseError) {
        let document = token.document
        let claims = token.registered
        guard claims.issuer != 0, document.string(claims.issuer, equals: issuer) else {
            throw refusal("The token's “iss” is not the issuer, byte for byte.")
        }
        if let audience {
            guard claims.audience != 0, try names(audience, document, claims.audience) else {
                throw refusal("The token's “aud” names nobody here.")
            }
        }
        try checkText(claims.subject, "sub", isRequired: rules.requiresSubject, document)
        try checkText(claims.tokenID, "jti", isRequired: rules.requiresTokenID, document)
        try checkText(claims.sessionID, "sid", isRequired: false, document)
    }

    /// Whether `aud`, a text or an array of texts, has one of the names.
    private func names(_ names: [[UInt8]], _ document: StrictJSON, _ index: Int) throws(GatehouseError) -> Bool {
        let node = document.nodes[index]
        if node.isString { return names.contains { document.string(index, equals: $0) } }
        guard node.kind == .array else { throw refusal("The token's “aud” is neither text nor array.") }
        var found = false
        var child = index + 1
        while child < Int(node.next) {
            guard document.nodes[child].isString else { throw refusal("The token's “aud” has an element that is no text.") }
            found = found || names.contains { document.string(child, equals: $0) }
            child += 1
        }
        return found
    }

    private func checkText(_ index: Int, _ name: String, isRequired: Bool, _ document: StrictJSON) throws(GatehouseError) {
        guard index != 0 else {
            guard !isRequired else { throw refusal("The token has no “\(name)”.") }
            return
        }
        let node = document.nodes[index]
        guard node.isString, node.start < node.end else { throw refusal("The token's “\(name)” is no text, or empty.") }
    }

    private func checkKind(_ token: VerifiedToken) throws(GatehouseError) {
        let claims = token.registered
        guard claims.nonce == 0, claims.accessTokenHash == 0 else { throw refusal("The token is an ID token.") }
        guard claims.type == 0 || !Self.otherKinds.contains(where: { token.document.string(claims.type, equals: $0) }) else {
            throw refusal("The token is an ID token or a refresh token.")
        }
    }
}

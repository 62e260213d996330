import GatehouseCore

/// What issuers may not start with: settings under which a token could be taken for what it is not, or none would ever be taken.
struct IssuerCheck {
    let ownIssuer: String
    let clientIDs: Set<String>
    /// Who else vouches for people here.
    let takenIDs: Set<String>

    /// Throws `configuration_invalid` with the remedy for the first thing that is wrong.
    func callAsFunction(_ issuers: [ForeignIssuer]) throws(GatehouseError) {
        for issuer in issuers {
            try checkNames(issuer)
            try checkKeys(issuer)
            try checkLimits(issuer)
        }
        for group in Dictionary(grouping: issuers, by: \.issuer).values where group.count > 1 { try checkApart(group) }
        try checkUserNames(issuers)
    }

    private func refusal(_ issuer: ForeignIssuer, _ sentence: String) -> GatehouseError {
        GatehouseError(.configurationInvalid, "The issuer “\(issuer.issuer.prefix(200))” \(sentence).")
    }

    private func checkNames(_ issuer: ForeignIssuer) throws(GatehouseError) {
        guard !issuer.issuer.isEmpty else {
            throw GatehouseError(.configurationInvalid, "An issuer has no name; give it what its tokens have in “iss”.")
        }
        guard issuer.issuer != ownIssuer else {
            throw refusal(issuer, "is this gateway itself; take it out of the issuers: its own tokens are accepted anyway")
        }
        guard !issuer.id.isEmpty, issuer.id != Principal.localProvider else {
            throw refusal(issuer, "has an id that is empty or “\(Principal.localProvider)”, which means accounts of our own; choose another id")
        }
        guard !takenIDs.contains(issuer.id) else {
            throw refusal(issuer, "has the id “\(issuer.id.prefix(200))”, which means others already; choose another id")
        }
        guard !issuer.audience.isEmpty, !issuer.audience.contains("") else {
            throw refusal(issuer, "has no audience, or an empty one; give the name that its tokens for this API have in “aud”")
        }
        if issuer.takesUntypedTokens, let shared = issuer.audience.first(where: clientIDs.contains) {
            throw refusal(
                issuer,
                "has the audience “\(shared)”, which is our client_id with a provider, so that its ID tokens would be taken for access tokens; "
                    + "let the API have an audience of its own, or take only the type at+jwt")
        }
    }

    private func checkKeys(_ issuer: ForeignIssuer) throws(GatehouseError) {
        guard issuer.algorithms?.isEmpty != true else {
            throw refusal(issuer, "allows no algorithm; name those that it signs with, such as RS256")
        }
        switch issuer.keys {
        case .fixed(let ring):
            guard !ring.verificationKeys.isEmpty else { throw refusal(issuer, "has no key; give a secret, a public key or a key set's URL") }
            guard let algorithms = issuer.algorithms else { return }
            for key in ring.verificationKeys where algorithms.isDisjoint(with: key.algorithms) {
                let able = key.algorithms.map(\.rawValue).joined(separator: ", ")
                throw refusal(
                    issuer,
                    "has a key that can do none of its algorithms, only \(able); an HMAC secret must be as long as its hash: 32, 48 or 64 bytes")
            }
        case .remote(let url):
            _ = try KeySetURL(url)
            if let secret = issuer.algorithms?.first(where: \.isSymmetric) {
                throw refusal(issuer, "has a key set's URL and the algorithm \(secret), which takes a secret; take \(secret) out")
            }
        }
    }

    private func checkLimits(_ issuer: ForeignIssuer) throws(GatehouseError) {
        guard issuer.types?.isEmpty != true else { throw refusal(issuer, "takes no type of token; name at+jwt, or leave the types out") }
        guard (.zero ... .seconds(600)).contains(issuer.leeway) else { throw refusal(issuer, "has a leeway outside 0 to 10 minutes") }
        guard (1...64 * 1024).contains(issuer.maximumBytes) else { throw refusal(issuer, "takes tokens of a length outside 1 byte to 64 KiB") }
    }

    /// One issuer more than once: a token must be for one of the entries and no other.
    private func checkApart(_ group: [ForeignIssuer]) throws(GatehouseError) {
        let tenants = group.compactMap(\.tenant)
        guard tenants.count == group.count, Set(tenants).count == group.count else {
            throw refusal(group[0], "is there twice; make it one entry, or give every entry a tenant of its own")
        }
        let claims = Set(group.map(\.mapping.tenantClaim))
        if claims.count == 1, claims.first != .some(nil) { return }
        var seen: Set<String> = []
        for issuer in group {
            guard seen.isDisjoint(with: issuer.audience) else {
                throw refusal(
                    issuer, "has the same audience for two tenants; give each an audience of its own, or all the claim that names the tenant")
            }
            seen.formUnion(issuer.audience)
        }
    }

    /// No two people get one user name, which is the issuer's id, a colon, and what the issuer likes.
    private func checkUserNames(_ issuers: [ForeignIssuer]) throws(GatehouseError) {
        for issuer in issuers {
            for other in issuers where other.issuer != issuer.issuer {
                guard !"\(other.id):".utf8.starts(with: "\(issuer.id):".utf8) else {
                    throw refusal(issuer, "has the id “\(issuer.id)”, with which the id “\(other.id)” of another begins; choose another id")
                }
            }
        }
    }
}

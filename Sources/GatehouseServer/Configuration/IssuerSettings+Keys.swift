import Gatehouse

private typealias Key = ConfigurationKey<IssuerSettings>

extension IssuerSettings: ConfigurationMember {
    static let noun = "an issuer"

    static let keys: [ConfigurationKey<IssuerSettings>] = trustKeys + claimKeys

    private static let trustKeys = [
        Key("issuer", \.issuer, .text, "`iss` of its tokens, byte for byte.", isRequired: true),
        Key("id", \.id, .name, "`auth_provider` of its principals; the issuer if it is not given."),
        Key("audience", \.audience, .list(of: .text), "What `aud` must hold one of.", isRequired: true),
        Key("jwks_url", \.jwksURL, .keySetURL, "Where its keys are fetched; https, or http on this machine."),
        Key("public_key", \.publicKey, .secretBytes, "Its keys: PEM, a JWK or a key set."),
        Key("hs256_secret", \.hs256Secret, .secretBytes, "The secret of HS256, at least 32 bytes."),
        Key("hs384_secret", \.hs384Secret, .secretBytes, "The secret of HS384, at least 48 bytes."),
        Key("hs512_secret", \.hs512Secret, .secretBytes, "The secret of HS512, at least 64 bytes."),
        Key("algorithms", \.algorithms, .list(of: .oneOf()), "The algorithms that are taken; all that its keys answer to if not given."),
        Key("types", \.types, .list(of: .text), "What `typ` may be."),
        Key("requires_type", \.requiresType, .boolean, "Whether tokens without `typ` are refused."),
        Key("leeway", \.leeway, .duration(0...300), "How far apart its clock and ours may be."),
    ]

    private static let claimKeys = [
        Key("roles_claim", \.rolesClaim, .claim, "Where roles stand, such as `realm_access.roles`."),
        Key("role_prefix", \.rolePrefix, .text, "Taken off its roles; those without it are dropped."),
        Key("roles_map", \.rolesMap, .map(of: .list(of: .openName("role"))), "Which roles here each of its roles means; needed for `admin`."),
        Key("scope_claim", \.scopeClaim, .claim, "Where scopes stand, as a string or a list."),
        Key("scope_prefix", \.scopePrefix, .text, "Taken off its scopes; those without it are dropped."),
        Key("tenant", \.tenant, .openName("tenant"), "The tenant of all its principals."),
        Key("tenant_claim", \.tenantClaim, .claim, "Where the tenant stands; a token without one is refused."),
        Key("name_claim", \.nameClaim, .claim, "Where the name to show stands."),
        Key("email_claim", \.emailClaim, .claim, "Where the e-mail address stands."),
        Key(
            "trusts_email", \.trustsEmail, .boolean, "Whether the address is believed without `email_verified`; an address that it denies never is."),
    ]

    private var sources: [String] {
        [
            jwksURL.map { _ in "jwks_url" }, publicKey.map { _ in "public_key" }, hs256Secret.map { _ in "hs256_secret" },
            hs384Secret.map { _ in "hs384_secret" }, hs512Secret.map { _ in "hs512_secret" },
        ].compactMap { $0 }
    }

    var contradictions: [(key: String, sentence: String)] {
        var found: [(key: String, sentence: String)] = []
        if audience.isEmpty { found.append(("audience", "is empty: name whom the tokens must be meant for")) }
        if types.isEmpty { found.append(("types", "is empty: name what typ may be, or leave the key out")) }
        if let algorithms, algorithms.isEmpty { found.append(("algorithms", "is empty: name one, or leave the key out")) }
        if let id, [Principal.localProvider, FixedKey.provider].contains(id) {
            found.append(("id", "is the name of accounts or keys of our own: choose another"))
        }
        if rolesClaim == nil, rolePrefix != nil || !rolesMap.isEmpty {
            found.append((rolesMap.isEmpty ? "role_prefix" : "roles_map", "has no effect without roles_claim: say where the roles stand"))
        }
        return found + keyContradictions
    }

    private var keyContradictions: [(key: String, sentence: String)] {
        guard let source = sources.first, sources.count == 1 else {
            let sentence = "give one of jwks_url, public_key, hs256_secret, hs384_secret and hs512_secret"
            return [sources.isEmpty ? ("issuer", "has no keys: \(sentence)") : (sources[1], "stands beside \(sources[0]): \(sentence)")]
        }
        let ring: KeyRing?
        do throws(GatehouseError) {
            ring = try keyRing()
        } catch {
            return [(source, "cannot be used: \(error.message)")]
        }
        guard let algorithms, !algorithms.isEmpty else { return [] }
        let usable = ring.map { Set($0.verificationKeys.flatMap(\.algorithms)) } ?? Set(SigningAlgorithm.allCases.filter { !$0.isSymmetric })
        return algorithms.filter { !usable.contains($0) }.map {
            ("algorithms", "holds \($0.rawValue), which the keys of \(source) cannot do: leave it out")
        }
    }
}

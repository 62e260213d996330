import GatehouseCore

/// What a mapping finds in the claims of one token.
struct MappedClaims {
    private(set) var roles: Set<Role> = []
    private(set) var explicitRoles: Set<Role> = []
    let scopes: Set<Scope>?
    let name: String?
    let email: String?
    let authenticatedAt: Timestamp?

    init(_ token: VerifiedToken, _ mapping: ClaimMapping) {
        let claims = token.document.root
        scopes = mapping.scopeClaim.flatMap { claims.element(named: $0) }.map { Self.scopes($0, mapping.scopePrefix) }
        name = mapping.nameClaim.flatMap { Self.text(claims.element(named: $0)) }
        let email = mapping.emailClaim.flatMap { Self.text(claims.element(named: $0)) }
        self.email = claims["email_verified"].map { $0.bool == true } ?? mapping.trustsEmail ? email : nil
        authenticatedAt = claims["auth_time"].flatMap { try? NumericDate.timestamp(token.document, $0.index) }
        guard let element = mapping.rolesClaim.flatMap({ claims.element(named: $0) }) else { return }
        for name in element.string.map({ [$0] }) ?? Self.texts(element) {
            guard let name = Self.stripped(name, mapping.rolePrefix) else { continue }
            if let named = Self.roles(for: name, in: mapping.roleMap) {
                explicitRoles.formUnion(named)
            } else if let role = try? Role(validating: name), role != .admin {
                roles.insert(role)
            }
        }
        roles.formUnion(explicitRoles)
    }

    private static func scopes(_ element: StrictJSON.Element, _ prefix: String?) -> Set<Scope> {
        let names = element.string.map { $0.split(separator: " ").map(String.init) } ?? texts(element)
        return Set(names.compactMap { stripped($0, prefix) }.compactMap { try? Scope(validating: $0) })
    }

    /// The texts of a list; what else is in it is left out.
    private static func texts(_ element: StrictJSON.Element) -> [String] { element.array?.compactMap(\.string) ?? [] }

    private static func text(_ element: StrictJSON.Element?) -> String? {
        guard let text = element?.string, !text.isEmpty else { return nil }
        return text
    }

    /// Byte for byte: a dictionary takes different bytes for the same text.
    private static func roles(for name: String, in map: [String: [Role]]) -> [Role]? {
        guard let index = map.index(forKey: name), map[index].key.utf8.elementsEqual(name.utf8) else { return nil }
        return map[index].value
    }

    /// Byte for byte, as all comparisons of what a token says.
    private static func stripped(_ name: String, _ prefix: String?) -> String? {
        guard let prefix else { return name }
        guard name.utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }
}

extension StrictJSON.Element {
    /// The member of that name, or the value at the end of the path that its dots describe: the longest name that is there comes first.
    func element(named path: String) -> StrictJSON.Element? { element(named: path[...]) }

    private func element(named path: Substring) -> StrictJSON.Element? {
        if let element = self[String(path)] { return element }
        var name = path
        while let dot = name.lastIndex(of: ".") {
            name = name[..<dot]
            if let element = self[String(name)]?.element(named: path[path.index(after: dot)...]) { return element }
        }
        return nil
    }
}

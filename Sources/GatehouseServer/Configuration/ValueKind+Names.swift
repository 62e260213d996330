import GatehouseCore

extension ValueKind where Value: OpenName {
    /// A role, permission, scope or tenant.
    static func openName(_ noun: String) -> ValueKind {
        ValueKind(noun, write: \.rawValue) { (text) throws(GatehouseError) in try Value(configured: text, noun) }
    }
}

extension OpenName {
    init(configured text: String, _ noun: String) throws(GatehouseError) {
        do {
            try self.init(validating: text)
        } catch {
            throw remedy("holds “\(text.prefix(64))”, which is no \(noun): use 1 to 128 of the characters A-Z a-z 0-9 . _ : / * -")
        }
    }
}

extension ValueKind where Value == String {
    /// A name that can stand in a log line or a header as it is.
    static let name = ValueKind("name", write: { $0 }) { (text) throws(GatehouseError) in
        guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy({ isLetterOrDigit($0) || ".-_/".utf8.contains($0) }) else {
            throw remedy("is no name: use 1 to 128 of the characters A-Z a-z 0-9 . _ / -")
        }
        return text
    }

    /// The path of a claim, its names separated by dots.
    static let claim = ValueKind("claim", write: { $0 }) { (text) throws(GatehouseError) in
        guard text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }), !text.contains("\0") else {
            throw remedy("is no claim: write it like scope or realm_access.roles")
        }
        return text
    }

    /// A field name (RFC 9110 section 5.1) that means nothing else to us.
    static let headerName = ValueKind("header", write: { $0 }) { (text) throws(GatehouseError) in
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
            throw remedy("is no header: use 1 to 64 letters, digits and -, as in X-Remote-User")
        }
        guard !takenHeaders.contains(text.lowercased()) else { throw remedy("is a header with a meaning of its own: choose another") }
        return text
    }

    private static var takenHeaders: Set<String> {
        [
            "authorization", "proxy-authorization", "cookie", "host", "origin", "x-api-key", "x-csrf-token", "connection", "content-length",
            "content-type", "transfer-encoding", "upgrade", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host",
        ]
    }

    /// The name of a parameter in a path.
    static let parameter = ValueKind("parameter", write: { $0 }) { (text) throws(GatehouseError) in
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "_") }) else {
            throw remedy("is no name of a parameter: use 1 to 64 letters, digits and _")
        }
        return text
    }

    /// https, or http on this machine; no user, no fragment.
    static let keySetURL = ValueKind("https URL", write: { $0 }) { (text) throws(GatehouseError) in
        let scheme = text.hasPrefix("https://") ? "https://" : "http://"
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard text.hasPrefix(scheme), let origin = Origin(scheme + authority),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\\#\"<>".utf8.contains($0) })
        else { throw remedy("is no URL: write it like https://login.example.com/keys") }
        guard origin.scheme == .https || origin.host.isLoopback else {
            throw remedy("is not https: whoever stands between could put keys of their own in; use https")
        }
        return text
    }
}

extension ValueKind where Value == Host {
    static let host = ValueKind("host", write: \.description) { (text) throws(GatehouseError) in
        do {
            return try Host(text, scheme: .https)
        } catch {
            throw remedy("holds “\(text.prefix(64))”, which is no host: write it like acme.example.com")
        }
    }
}

extension ValueKind where Value == [UInt8] {
    /// A SHA-256 in 64 hexadecimal digits.
    static let digest = ValueKind("64 hexadecimal digits", write: { _ in "" }) { (text) throws(GatehouseError) in
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64, text.utf8.count == 64 else {
            throw remedy("is not 64 hexadecimal digits: make them with printf %s KEY | sha256sum")
        }
        return stride(from: 0, to: 64, by: 2).map { UInt8(truncatingIfNeeded: digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension ValueKind {
    /// A map from names to such values.
    static func map<Member>(of kind: ValueKind<Member>) -> ValueKind where Value == [String: Member] {
        ValueKind("map of names to \(kind.name)", write: { _ in "{}" }) { (node, context) throws(GatehouseError) in
            guard case .map(let entries) = node.content else { throw remedy("is \(node.kind), where a map is wanted") }
            var values: [String: Member] = [:]
            for entry in entries {
                do throws(GatehouseError) {
                    values[entry.key] = try kind.read(entry.value, &context)
                } catch {
                    throw remedy("holds “\(entry.key.prefix(64))”, which \(error.message)")
                }
            }
            return values
        }
    }
}

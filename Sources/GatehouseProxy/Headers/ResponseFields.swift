import HTTPTypes
import NIOHTTP1

extension HTTPFields {
    /// What a client may see of an upstream's fields.
    ///
    /// Dropped: hop-by-hop fields and those that `Connection` names, `Set-Cookie` with our names, `Clear-Site-Data`, `Gatehouse-*`,
    /// and values that are not UTF-8 (the decoder leaves U+FFFD in their place). `Content-Length` stays.
    init(fromUpstream headers: HTTPHeaders) {
        self.init()
        reserveCapacity(headers.count + 2)
        let named = headers.contains(name: "connection") ? FieldRules.named(in: headers["connection"]) : []
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            let canonical = name.canonicalName
            if FieldRules.isHopByHop(canonical) && name != .contentLength || FieldRules.isForbiddenResponse(canonical) { continue }
            if !named.isEmpty, named.contains(canonical) { continue }
            if name == .setCookie, CookieRules.setsOurs(value) { continue }
            if !value.isASCII, value.unicodeScalars.contains("\u{FFFD}") { continue }
            append(HTTPField(name: name, value: value))
        }
    }

    /// What a client may see of an upstream's trailer fields: less than of its fields.
    init(trailersFromUpstream headers: HTTPHeaders) {
        self.init()
        for field in HTTPFields(fromUpstream: headers) where !FieldRules.isForbiddenTrailer(field.name.canonicalName) { append(field) }
    }
}

extension String {
    /// Without a branch, so that many bytes are looked at together.
    fileprivate var isASCII: Bool {
        let bytes = utf8.span
        var all: UInt8 = 0
        for index in bytes.indices { all |= bytes[index] }
        return all < 0x80
    }
}

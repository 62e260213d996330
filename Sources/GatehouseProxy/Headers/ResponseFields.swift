import HTTPTypes
import NIOHTTP1

/// What a client may see of an upstream's fields.
///
/// Dropped: hop-by-hop fields and those that `Connection` names, `Set-Cookie` with our names, `Clear-Site-Data` and `Gatehouse-*`.
struct ResponseFields {
    private let headers: HTTPHeaders
    private let named: [String]

    init(_ headers: HTTPHeaders) {
        self.headers = headers
        named = headers.contains(name: "connection") ? FieldRules.named(in: headers["connection"]) : []
    }

    /// - Parameter name: in lower case.
    fileprivate func allows(_ name: String, _ value: String) -> Bool {
        if FieldRules.isHopByHop(name) || FieldRules.isForbiddenResponse(name) { return false }
        if !named.isEmpty, named.contains(name) { return false }
        return name.utf8.count != 10 || name != "set-cookie" || !CookieRules.setsOurs(value)
    }

    /// The fields that a client may see but for the id of the request, and the length; `nil` where one of them needs a closer look: a value
    /// beyond printable ASCII, more or less than one date.
    var plain: (fields: [(name: String, value: String)], length: String?)? {
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(headers.count)
        var length: String?
        var dates = 0
        for (name, value) in headers {
            let lowered = name.lowercased()
            guard value.isPrintable else { return nil }
            if lowered.utf8.count == 14, lowered == "content-length" { length = value }
            guard allows(lowered, value) else { continue }
            switch lowered.utf8.count {
            case 4 where lowered == "date": dates += 1
            case 12 where lowered == "x-request-id": continue
            default: break
            }
            fields.append((name, value))
        }
        return dates == 1 ? (fields, length) : nil
    }
}

extension HTTPFields {
    /// What a client may see of an upstream's fields, but for values that are not UTF-8 (the decoder leaves U+FFFD in their place).
    /// `Content-Length` stays.
    init(fromUpstream headers: HTTPHeaders) {
        self.init()
        reserveCapacity(headers.count + 2)
        let rules = ResponseFields(headers)
        for (name, value) in headers {
            guard let name = HTTPField.Name(name), name == .contentLength || rules.allows(name.canonicalName, value) else { continue }
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

    /// Nothing but printable ASCII.
    fileprivate var isPrintable: Bool {
        let bytes = utf8.span
        var hasOther = false
        for index in bytes.indices where bytes[index] &- 0x20 >= 0x5f { hasOther = true }
        return !hasOther
    }
}

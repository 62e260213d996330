import GatehouseCore
import HTTPTypes

/// Finds the credential of a request; never in its query.
struct CredentialReader: Sendable {
    let cookie: SessionCookie
    let acceptsBasic: Bool
    let proxyHeader: ProxyHeader?
    /// Fields of the application's own, without `Authorization`.
    private let customFields: [HTTPField.Name]
    private let customTakesAuthorization: Bool
    private let asksCustomAlways: Bool
    /// Fields of the settings that carry credentials.
    let ownFields: [HTTPField.Name]
    /// Fields that end here, whoever sent them: no handler and no upstream is to believe them.
    let strippedFields: SpelledNames

    init(cookie: SessionCookie, acceptsBasic: Bool, proxyHeader: ProxyHeader?, custom: CustomCredential?) {
        self.cookie = cookie
        self.acceptsBasic = acceptsBasic
        self.proxyHeader = proxyHeader
        customFields = (custom?.fields ?? []).filter { $0 != .authorization }
        customTakesAuthorization = custom?.fields.contains(.authorization) ?? false
        asksCustomAlways = custom?.fields.isEmpty ?? false
        ownFields = customFields + [proxyHeader?.name, proxyHeader?.sharedSecret?.field].compactMap { $0 }
        strippedFields = SpelledNames(ownFields)
    }

    /// A credential in a header wins: the cookie beside it is not looked at.
    ///
    /// Throws `several_credentials` for two header credentials, `malformed_credential` for one that cannot be read, `invalid_token` for a
    /// scheme that is not taken.
    func read(_ fields: HTTPFields, _ route: CanonicalRequest.Route, isPrivate: Bool) throws(GatehouseError) -> PresentedCredential {
        let authorization = fields.all(.authorization)
        let keys = fields.all(.apiKey)
        let subject = isPrivate ? nil : try proxyHeader?.subject(in: fields, route)
        var count = authorization.count + keys.count + (subject == nil ? 0 : 1)
        for name in customFields { count += fields[values: name].count }
        guard count < 2 else {
            throw GatehouseError(.severalCredentials, "The request carries more than one credential in its header.")
        }
        if let value = authorization.first { return try read(authorization: value) }
        if let key = keys.first { return .apiKey(try Self.token(key[...])) }
        if let subject { return .proxy(subject: subject) }
        if count > 0 || asksCustomAlways { return .custom }
        return try cookie.read(fields).map(PresentedCredential.cookie) ?? .none
    }

    /// What is left where the application says that a field is none of its credentials.
    func readCookie(_ fields: HTTPFields) throws(GatehouseError) -> PresentedCredential {
        try cookie.read(fields).map(PresentedCredential.cookie) ?? .none
    }

    /// Whether the request carries something that means to be a credential in a field of its own.
    func hasHeaderCredential(_ fields: HTTPFields) -> Bool {
        fields.contains(.authorization) || fields.contains(.apiKey) || customFields.contains(where: fields.contains)
    }

    private func read(authorization value: String) throws(GatehouseError) -> PresentedCredential {
        let scheme = value.utf8.prefix { $0 != UInt8(ascii: " ") }
        let token = value[scheme.endIndex...].drop { $0 == " " }
        switch scheme.count {
        case 6 where Self.equal(scheme, "bearer"): return .bearer(try Self.token(token))
        case 7 where Self.equal(scheme, "api-key"): return .apiKey(try Self.token(token))
        case 5 where acceptsBasic && Self.equal(scheme, "basic"): return .basic(try BasicCredential(try Self.token(token)))
        default: break
        }
        if customTakesAuthorization { return .custom }
        _ = try Self.token(token)
        guard !scheme.isEmpty else { throw Self.malformed }
        // Not named: what stands there may be the credential itself.
        throw GatehouseError(.invalidToken, "The Authorization scheme is not one that is accepted here.")
    }

    /// One word. Over the bytes themselves: a token is looked at with every request.
    private static func token(_ text: Substring) throws(GatehouseError) -> String {
        let bytes = text.utf8.span
        // Without a branch, so that many bytes are looked at together.
        var breaks: UInt8 = 0
        for index in bytes.indices {
            let byte = bytes[index]
            breaks |= (byte == UInt8(ascii: " ") ? 1 : 0) | (byte == UInt8(ascii: ",") ? 1 : 0) | (byte == UInt8(ascii: "\t") ? 1 : 0)
        }
        guard !bytes.isEmpty, breaks == 0 else { throw malformed }
        return String(text)
    }

    private static func equal(_ scheme: Substring.UTF8View, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { $0.elementsEqual(scheme.lazy.map { $0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0 }) }
    }

    private static var malformed: GatehouseError {
        GatehouseError(.malformedCredential, "The field is not a scheme and one credential.")
    }
}

extension HTTPFields {
    /// The values of every field with that name; where there is none, nothing is made.
    func all(_ name: HTTPField.Name) -> [String] { contains(name) ? self[values: name] : [] }
}

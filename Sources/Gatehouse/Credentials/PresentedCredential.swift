import GatehouseCore
import HTTPTypes

/// The credential that a request carries, not judged yet.
enum PresentedCredential: Sendable {
    case none
    case bearer(String)
    case cookie(String)

    /// A credential in a header wins: the cookie beside it is not looked at.
    ///
    /// Throws `several_credentials` for two header credentials, `malformed_credential` for one that cannot be read.
    static func find(in fields: HTTPFields, cookie: SessionCookie) throws(GatehouseError) -> PresentedCredential {
        let authorization = fields[values: .authorization]
        let keys = fields[values: .apiKey]
        guard authorization.count + keys.count < 2 else {
            throw GatehouseError(.severalCredentials, "The request carries more than one credential in its header.")
        }
        if let value = authorization.first { return try header(value) }
        if !keys.isEmpty { throw GatehouseError(.invalidToken, "API keys are not accepted here.") }
        return try cookie.read(fields).map(PresentedCredential.cookie) ?? .none
    }

    private static func header(_ value: String) throws(GatehouseError) -> PresentedCredential {
        let scheme = value.prefix { $0 != " " }
        let token = value.dropFirst(scheme.count).drop { $0 == " " }
        guard !scheme.isEmpty, !token.isEmpty, !token.utf8.contains(UInt8(ascii: " ")), !token.utf8.contains(UInt8(ascii: ",")) else {
            throw GatehouseError(.malformedCredential, "The Authorization field is not a scheme and one credential.")
        }
        guard scheme.utf8.count == 6, scheme.lowercased() == "bearer" else {
            // Not named: what stands there may be the credential itself.
            throw GatehouseError(.invalidToken, "The Authorization scheme is not Bearer, the one that is accepted here.")
        }
        return .bearer(String(token))
    }
}
